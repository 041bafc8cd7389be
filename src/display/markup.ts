/** Markup in which everything that is not itself markup is escaped. */
import { escape } from "@std/html/entities";

/** A piece of HTML or SVG that needs no more escaping; only {@linkcode html} and {@linkcode trusted} make it. */
export class Markup {
  /** As it stands in the page. */
  readonly text: string;

  /** Takes a text for markup. @param text well formed, with what is not markup escaped */
  constructor(text: string) {
    this.text = text;
  }

  /** The same as {@linkcode Markup.text}. */
  toString(): string {
    return this.text;
  }
}

/** What may stand between markup: text and numbers are escaped, arrays joined, the rest left out. */
export type Piece = Markup | string | number | null | undefined | false | readonly Piece[];

function render(piece: Piece): string {
  if (piece instanceof Markup) return piece.text;
  if (piece === null || piece === undefined || piece === false) return "";
  if (Array.isArray(piece)) return piece.map(render).join("");
  return escape(String(piece));
}

/** Tagged template: interpolated strings are escaped, arrays joined, null, undefined and false left out. */
export function html(strings: TemplateStringsArray, ...pieces: Piece[]): Markup {
  return new Markup(strings.reduce((text, part, i) => text + render(pieces[i - 1]) + part));
}

/** Text of our own, such as the style sheet, that goes in as it is. */
export function trusted(text: string): Markup {
  return new Markup(text);
}
