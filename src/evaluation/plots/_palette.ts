/** Colours that the plots share; legible on white, and told apart by the colour-blind (Okabe and Ito, 2008). */
const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#000000", "#8c6d31", "#7f7f7f"];

/** The colour of the `index`-th method. */
export function methodColour(index: number): string {
  return COLOURS[index % COLOURS.length];
}

export const INK = "#23282d";
export const GRID = "#e4e1da";
export const FONT = "12px system-ui, sans-serif";

/** A coordinate with one decimal. */
export const at = (value: number) => Math.round(value * 10) / 10;
