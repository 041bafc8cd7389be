/**
 * Every colour that is shown, on light pages and on dark ones, in tables, charts and pictures.
 *
 * @module
 */
import { type Markup, trusted } from "./markup.ts";

/** A colour with its name in style sheets. */
export interface Colour {
  /** On a page it is `var(--variable)`. */
  readonly variable: string;
  /** Its value on a light page, and in pictures that stand alone. */
  readonly light: string;
  /** Its value on a dark page. */
  readonly dark: string;
}

const colour = (variable: string, light: string, dark: string): Colour => Object.freeze({ variable, light, dark });

/** What colours are for. */
export type Role =
  | "page"
  | "card"
  | "ink"
  | "soft"
  | "line"
  | "pretrained"
  | "scratch"
  | "warning"
  | "warningGround";

/** Colours by what they are for. */
export const colours: Readonly<Record<Role, Colour>> = Object.freeze({
  /** The page. */
  page: colour("bg", "#faf9f6", "#14181b"),
  /** Cards and pictures on the page. */
  card: colour("card", "#fff", "#1c2125"),
  /** Text. */
  ink: colour("ink", "#23282d", "#e4e6e3"),
  /** Text that explains. */
  soft: colour("soft", "#667079", "#98a2a9"),
  /** Rules and grids. */
  line: colour("line", "#e4e1da", "#2f363b"),
  /** What was pre-trained. */
  pretrained: colour("pretrained", "#0b7a75", "#4fc4bb"),
  /** What was trained from scratch. */
  scratch: colour("scratch", "#b0763a", "#dda464"),
  /** Text of warnings. */
  warning: colour("warn", "#a8321f", "#ff9d88"),
  /** What is behind warnings. */
  warningGround: colour("warnbg", "#fdf0ec", "#37211d"),
});

/** Sites, methods, parts of a profile; told apart by the colour-blind (Okabe and Ito, 2008), and lighter on dark. */
const SERIES: readonly Colour[] = [
  colour("s0", "#0072b2", "#4da6db"),
  colour("s1", "#d55e00", "#f2894a"),
  colour("s2", "#009e73", "#3cc9a0"),
  colour("s3", "#cc79a7", "#e3a2c6"),
  colour("s4", "#56b4e9", "#9bd6f7"),
  colour("s5", "#e69f00", "#f4c04d"),
  colour("s6", "#000000", "#f0f0f0"),
  colour("s7", "#8c6d31", "#c7a564"),
  colour("s8", "#7f7f7f", "#adadad"),
];

/** Labels on grey images, by the order of their values; none is a colour of a method. */
const LABELS = ["#ffd447", "#5aa9ff", "#ff6fae", "#8be04e", "#c79bff", "#ff9b54", "#4ce0e0", "#e8e8a0"];

/** The colour of the `index`-th of some things that are told apart; they come round again. */
export function seriesColour(index: number): Colour {
  return SERIES[index % SERIES.length];
}

/** The colour of the `index`-th label on a grey image, as "#rrggbb". */
export function labelColour(index: number): string {
  return LABELS[index % LABELS.length];
}

/** A colour in a style sheet: the page's, or the light one where there is no page. */
export function css({ variable, light }: Colour): string {
  return `var(--${variable},${light})`;
}

/** Attributes that paint an SVG element, on a page by its scheme and in a file alone; also for tools without variables. */
export function paint(property: "color" | "fill" | "stroke", one: Colour): Markup {
  return trusted(`${property}="${one.light}" style="${property}:${css(one)}"`);
}

/** The variables of all colours, light and dark by the reader's setting. */
export function paletteSheet(): string {
  const all = [...Object.values(colours), ...SERIES];
  const variables = (scheme: "light" | "dark") =>
    `:root{${all.map((one) => `--${one.variable}:${one[scheme]};`).join("")}color-scheme:${scheme}}`;
  return `${variables("light")}\n@media (prefers-color-scheme:dark){${variables("dark")}}\n`;
}
