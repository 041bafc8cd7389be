/** The frame of plots that stand alone: a file each, and in pages. */
import { html, type Markup } from "../markup.ts";
import { colours, css, paint } from "../palette.ts";

/** What a frame needs to know. */
export interface PlotOptions {
  /** Of the drawing. */
  readonly width: number;
  readonly height: number;
  /** For those who cannot see it. */
  readonly label: string;
  /** Drawn at the top. @default no title and no ground: a drawing within a figure of a page */
  readonly title?: string;
}

/** An SVG drawing whose text and shapes are of the ink unless they say otherwise. */
export function plot({ width, height, label, title }: PlotOptions, drawn: readonly Markup[]): Markup {
  const size = `0 0 ${width} ${height}`;
  if (title === undefined) return html`<svg viewBox="${size}" role="img" aria-label="${label}">${drawn}</svg>`;
  return html`
    <svg xmlns="http://www.w3.org/2000/svg" class="plot" viewBox="${size}"
      fill="${colours.ink.light}" style="font:12px system-ui,sans-serif;fill:${css(
        colours.ink,
      )}" role="img" aria-label="${label}">
    <rect width="${width}" height="${height}" ${paint("fill", colours.card)}/><text class="title" x="10"
      y="18">${title}</text>${drawn}</svg>
  `;
}
