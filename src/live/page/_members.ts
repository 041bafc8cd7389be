/** Who is there, how they are connected, who averaged with whom and when, and who is late. */
import { formatBytes } from "../../display/formats/bytes.ts";
import { formatCount } from "../../display/formats/count.ts";
import { formatDuration } from "../../display/formats/duration.ts";
import { formatNumber } from "../../display/formats/number.ts";
import { NONE } from "../../display/formats/none.ts";
import { html, type Markup } from "../../display/markup.ts";
import { htmlTable } from "../../display/tables/html.ts";
import { LEVEL } from "../../peer/report/participation.ts";
import type { MemberState } from "../../peer/report/schema.ts";
import type { MemberNow, Snapshot } from "../state/snapshot.ts";
import { moment, peerName } from "./_words.ts";

const ABSENT: Readonly<Record<MemberState, string>> = {
  here: "not connected",
  silent: "not connected",
  lost: "out of reach",
  ended: "has left",
  heard: "heard of through others",
  refused: "refused",
  away: "not seen in this run",
  never: "never seen",
};

function connectionCell({ connection, state = "never" }: MemberNow): Markup {
  if (connection === "direct") return html`<td class="there">direct</td>`;
  if (connection === "relay") return html`<td class="there">by a relay</td>`;
  return html`<td class="${state === "lost" || state === "refused" ? "bad" : "none"}">${ABSENT[state]}</td>`;
}

function standingCell({ behind, connection, round }: MemberNow, own: number): Markup {
  if (connection === "none" || own === 0) return html`<td class="none">${NONE}</td>`;
  if (behind > LEVEL) return html`<td class="bad">late, ${formatCount(behind, "round")} behind</td>`;
  return html`<td>${behind > 0 ? "1 behind" : round > own ? `${round - own} ahead` : "level"}</td>`;
}

/** Every member, this site first. */
export function membersPart(snapshot: Snapshot): Markup {
  const { members, standing, site } = snapshot;
  if (!standing) return html`<p class="empty">The peer is not in the mesh yet.</p>`;
  const table = htmlTable({
    header: ["Member", "Connection", "Round", "Keeps up", "Averaged last", "Exchanges", "Last heard of"],
    rows: [
      [html`${site} <span class="soft">(this site)</span>`, NONE, String(standing.round), NONE, NONE, NONE, NONE],
      ...members.map((member) => [
        peerName(snapshot, member.peerId),
        connectionCell(member),
        formatNumber(member.round, 6),
        standingCell(member, standing.round),
        html`<td>${member.lastExchange ? moment(member.lastExchange.time) : NONE}</td>`,
        String(member.exchanges),
        html`<td>${member.lastSeen === null ? NONE : moment(Date.parse(member.lastSeen))}</td>`,
      ]),
    ].map(([name, ...cells]) => [name, ...cells]),
  });
  const remarks = members.flatMap((member) => {
    const { peerId, reason, unreached = [] } = member;
    const addresses = unreached.slice(0, 3).map((one) => `${one.address} (${one.reason})`).join(", ");
    return [
      ...(reason === undefined ? [] : [html`<li>${peerName(snapshot, peerId)}: ${reason}</li>`]),
      ...(addresses === "" ? [] : [html`<li>${peerName(snapshot, peerId)} did not answer at ${addresses}</li>`]),
    ];
  });
  return html`${table}${remarks.length > 0 && html`<ul class="remarks">${remarks}</ul>`}`;
}

/** The latest exchanges of weights. */
export function exchangesPart(snapshot: Snapshot): Markup {
  const { exchanges } = snapshot;
  if (exchanges.length === 0) return html`<p class="empty">Weights were averaged with nobody yet.</p>`;
  return htmlTable({
    header: ["With", "When", "Round", "Begun by", "Size", "Took"],
    rows: exchanges.slice(0, 10).map(({ peer, time, round, initiator, bytes, milliseconds }) => [
      peerName(snapshot, peer),
      html`<td>${moment(time)}</td>`,
      String(round),
      initiator ? "this site" : "the other",
      formatBytes(bytes),
      milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : formatDuration(milliseconds / 1000),
    ]),
  });
}
