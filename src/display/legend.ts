import { html, type Markup } from "./markup.ts";
import { type Colour, css } from "./palette.ts";

/** What a colour stands for. */
export interface LegendEntry {
  /** Its words. */
  readonly name: string;
  /** Of the palette, or a value where pictures hold it. */
  readonly colour: Colour | string;
}

/** How a legend looks. */
export interface LegendOptions {
  /** Squares, for areas; else dots, for lines and points. @default false */
  square?: boolean;
  /** Words behind the entries. @default none */
  note?: string;
}

/** What the colours of a chart or a picture stand for, in one line. */
export function legend(entries: readonly LegendEntry[], { square = false, note }: LegendOptions = {}): Markup {
  const kind = square ? "dot square" : "dot";
  return html`<p class="key">${
    entries.map(({ name, colour }) =>
      html`<span><i class="${kind}" style="--c:${typeof colour === "string" ? colour : css(colour)}"></i>${name}</span>`
    )
  }${note && html`<span>${note}</span>`}</p>`;
}
