/** Colours that the page and the pictures share. */

/** Label overlays on grey, by the order of the label values; none is a colour of the two methods. */
const LABELS = ["#ffd447", "#5aa9ff", "#ff6fae", "#8be04e", "#c79bff", "#ff9b54", "#4ce0e0", "#e8e8a0"];

/** The overlay colour of the `index`-th label. */
export function labelColour(index: number): string {
  return LABELS[index % LABELS.length];
}

/** How many site colours the style sheet defines as --s0, --s1 … */
export const SITE_COLOURS = 10;

/** The line colour of the `index`-th site. */
export function siteColour(index: number): string {
  return `var(--s${index % SITE_COLOURS})`;
}
