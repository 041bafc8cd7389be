/**
 * The parts of the page that change, each in its place.
 *
 * @module
 */
import { html, type Markup } from "../../display/markup.ts";
import type { Snapshot } from "../state/snapshot.ts";
import { curvesPart, dicePart } from "./_curves.ts";
import { auditPart, bytesPart, privacyPart } from "./_left.ts";
import { exchangesPart, membersPart } from "./_members.ts";
import { factsPart, figuresPart, noticesPart, nowPart } from "./_now.ts";

function logPart({ log }: Snapshot): Markup {
  return html`${
    log.map(({ time, level, text }) => {
      const iso = new Date(time).toISOString();
      return html`<p class="${level}"><span class="at" title="${iso}">${iso.slice(11, 19)}</span> ${
        level === "warning" && html`
          <b>warning</b>
        `
      }${text}</p>`;
    })
  }`;
}

/** By the id of the element that each part fills. */
export const PARTS: Readonly<Record<string, (snapshot: Snapshot) => Markup>> = {
  now: nowPart,
  notices: noticesPart,
  figures: figuresPart,
  members: membersPart,
  exchanges: exchangesPart,
  curves: curvesPart,
  dice: dicePart,
  bytes: bytesPart,
  privacy: privacyPart,
  audit: auditPart,
  facts: factsPart,
  log: logPart,
};

/** The markup of all parts, by their ids. */
export function partsOf(snapshot: Snapshot): Record<string, string> {
  return Object.fromEntries(Object.entries(PARTS).map(([id, part]) => [id, part(snapshot).text]));
}

/** An encoder of what has changed since the last call, as JSON. */
export function changedParts(): (parts: Readonly<Record<string, string>>) => string {
  const known = new Map<string, string>();
  return (parts) => {
    const changed = Object.entries(parts).filter(([id, text]) => known.get(id) !== text);
    for (const [id, text] of changed) known.set(id, text);
    return JSON.stringify(Object.fromEntries(changed));
  };
}
