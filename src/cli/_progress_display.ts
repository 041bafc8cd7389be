/** What bars and lines have in common: where progress goes, and what shows it. */
import type { PeerEvent } from "../peer/events.ts";

/** Where progress goes. */
export interface ProgressOptions {
  /** Whether `write` leads to a terminal that understands cursor movements. */
  terminal: boolean;
  /** Where the text goes. @default standard output */
  write?: (text: string) => void;
  /** A log in place of what people watch: lines with date and level, or one JSON object a line. @default none */
  log?: "text" | "json";
  /** Sites' names by peer id, where they are known before the sites name themselves. @default none */
  names?: ReadonlyMap<string, string>;
  /** The terminal's width in characters, asked at every redraw. @default the width of the console, or 80 */
  columns?: () => number;
  /** Whether to colour what a terminal shows. @default unless NO_COLOR is set */
  colour?: boolean;
}

/** A display of the events of any number of peers. */
export interface Progress {
  /** Shows what `event` tells, in the order of the calls. */
  handle(event: PeerEvent): void;
  /** A line of the caller's own, above the bars where there are any. */
  log(line: string): void;
  /** Draws the last state and gives the terminal back; safe to call again. Later events come as plain lines. */
  close(): void;
}
