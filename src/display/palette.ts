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

/** Colours of methods; legible on white, and told apart by the colour-blind (Okabe and Ito, 2008). */
const METHODS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#000000", "#8c6d31", "#7f7f7f"];

/** The colour of the `index`-th method. */
export function methodColour(index: number): string {
  return METHODS[index % METHODS.length];
}

/** Text of pictures that stand alone. */
export const INK = "#23282d";
/** Rules of pictures that stand alone. */
export const GRID = "#e4e1da";
/** The font of pictures that stand alone. */
export const FONT = "12px system-ui, sans-serif";
