/**
 * The profile as one page of HTML: the picture and the tables, no script, nothing from the network.
 *
 * @module
 */

import { html, trusted } from "../../src/display/markup.ts";
import { htmlTable } from "../../src/display/tables/html.ts";
import { STYLE } from "../../src/display/style.ts";
import { flame } from "./_flame.ts";
import { type Profile, treeOf } from "./_profile.ts";
import { tablesOf } from "./_tables.ts";

const FLAME_STYLE = ".flame rect{opacity:.55}.flame text{fill:var(--ink)}.flame g:hover rect{opacity:.9}";

/** What was profiled, for the page's head. */
export interface ProfileFacts {
  /** What ran, in words. */
  readonly title: string;
  /** Engine, threads, machine, time: a piece each. */
  readonly facts: readonly string[];
  /** How the times are to be read. */
  readonly note: string;
}

/** The whole page as text; everything in it is escaped. */
export function renderPage(profile: Profile, { title, facts, note }: ProfileFacts): string {
  return html`
    <!DOCTYPE html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
        <title>${title} · syncytium</title>
        <style>${trusted(STYLE + FLAME_STYLE)}</style>
      </head>
      <body>
        <main>
    <header><p class="over">syncytium · profile</p><h1>${title}</h1>
    <p class="facts">${facts.map((fact) => html`<span>${fact}</span>`)}</p></header>
    <h2>A step</h2>
    <p>${note} Each part is as wide as its time; point at one to read it.</p>
    <div class="scroll">${flame(treeOf(profile))}</div>
    ${tablesOf(profile).map((table) =>
      html`
        <h2>${table.title}</h2>
        <div class="scroll">${htmlTable(table)}</div>
      `
    )}
        </main>
      </body>
    </html>
  `.text;
}
