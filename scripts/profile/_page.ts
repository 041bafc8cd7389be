/**
 * The profile as one page of HTML: the picture and the tables, no script, nothing from the network.
 *
 * @module
 */

import { html } from "../../src/display/markup.ts";
import { renderPage } from "../../src/display/page.ts";
import { htmlTable } from "../../src/display/tables/html.ts";
import { flame } from "./_flame.ts";
import { type Profile, treeOf } from "./_profile.ts";
import { tablesOf } from "./_tables.ts";

const FLAME_STYLE = ".flame rect{opacity:.42}.flame text{fill:var(--ink)}.flame g:hover rect{opacity:.9}";

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
export function renderProfile(profile: Profile, { title, facts, note }: ProfileFacts): string {
  const tables = tablesOf(profile).map((table) =>
    html`
      <h2>${table.title}</h2>
      ${htmlTable(table)}
    `
  );
  return renderPage(
    { title, kind: "profile", facts, style: FLAME_STYLE },
    html`
      <h2>A step</h2>
      <p>${note} Each part is as wide as its time; point at one to read it.</p>
      <div class="scroll">${flame(treeOf(profile))}</div>
      ${tables}
    `,
  );
}
