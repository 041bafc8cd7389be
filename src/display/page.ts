/**
 * One page of HTML: styles, charts and pictures inside it, no script, nothing from the network.
 *
 * @example
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { html } from "./markup.ts";
 * import { renderPage } from "./page.ts";
 *
 * const page = renderPage({ title: "Two sites", kind: "run report", facts: ["seed 7"] }, html`<p>Dice 0.75</p>`);
 * assertStringIncludes(page, "<p>Dice 0.75</p>");
 * ```
 *
 * @module
 */
import { html, type Piece, trusted } from "./markup.ts";
import { STYLE } from "./style.ts";

/** What stands at a page's head. */
export interface PageHead {
  /** The heading. */
  title: string;
  /** What kind of page it is, above the heading: "run report". */
  kind: string;
  /** In one line under the heading: data, engine, time, a piece each. @default none */
  facts?: readonly string[];
  /** Style sheets beside the one of all pages. @default none */
  style?: string;
}

/** The whole page as text; everything in it that is not markup is escaped. */
export function renderPage({ title, kind, facts = [], style = "" }: PageHead, body: Piece): string {
  return html`
    <!DOCTYPE html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
        <title>${title} · syncytium</title>
        <style>${trusted(STYLE + style)}</style>
      </head>
      <body>
        <main>
    <header>
    <p class="over">syncytium · ${kind}</p>
    <h1>${title}</h1>
    ${facts.length > 0 && html`<p class="facts">${facts.map((fact) => html`<span>${fact}</span>`)}</p>`}
    </header>
    ${body}
        </main>
      </body>
    </html>
  `.text;
}
