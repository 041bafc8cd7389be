/** Words and marks that the parts of the page share. */
import { formatTime } from "../../display/formats/time.ts";
import { shortPeerId } from "../../display/formats/peer_id.ts";
import { html, type Markup } from "../../display/markup.ts";
import type { Snapshot } from "../state/snapshot.ts";

/** A moment, which the page's script puts as the time that has passed since. */
export function moment(time: number): Markup {
  const iso = new Date(time).toISOString();
  return html`<time datetime="${iso}" title="${iso}">${formatTime(iso)}</time>`;
}

/** A peer as people call it, with its whole id where it is pointed at. */
export function peerName({ names, members }: Pick<Snapshot, "names" | "members">, peer: string): Markup {
  const name = names[peer] ?? members.find(({ peerId }) => peerId === peer)?.name ?? shortPeerId(peer);
  return html`<span title="${peer}">${name}</span>`;
}
