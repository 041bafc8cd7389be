/** How a line of progress looks: for people who watch, for a service's log, for programs that read logs. */
import { printable } from "../display/formats/printable.ts";
import type { PeerEvent } from "../peer/events.ts";
import { clock, levelOf } from "../peer/event_text.ts";

/** What there is to say of an event. */
export interface Entry {
  event: PeerEvent;
  /** What happened, without time, site and level. */
  text: string;
}

/** Makes the line of an entry, without its end. */
export type LineFormat = (entry: Entry) => string;

/** `text` as people read it who see no levels. */
export const marked = ({ event, text }: Entry) => event.type === "warning" ? `warning: ${text}` : text;

/** "  1:05  north  …": time since `begin`, sites' names in a column. */
export function clockFormat(begin: () => number): LineFormat {
  let widest = 0;
  return (entry) => {
    const { peer, time } = entry.event;
    widest = Math.max(widest, peer.length);
    return `${clock(time - begin()).padStart(6)}  ${printable(peer).padEnd(widest)}  ${marked(entry)}`;
  };
}

/** "2026-01-02T10:00:00.000Z warning north: …": date, level and site in every line. */
export const datedFormat: LineFormat = ({ event, text }) =>
  `${isoTime(event)} ${levelOf(event).padEnd(7)} ${printable(event.peer)}: ${text}`;

/** One JSON object a line: time (ISO 8601, UTC), level, site, type of the event, message. */
export const jsonFormat: LineFormat = ({ event, text }) => {
  const { type, peer } = event;
  return JSON.stringify({ time: isoTime(event), level: levelOf(event), site: peer, type, message: text });
};

const isoTime = ({ time }: PeerEvent) => new Date(time).toISOString();
