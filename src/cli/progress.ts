/**
 * What the terminal shows while peers run: a bar for each on a terminal, plain lines at a sane pace elsewhere.
 *
 * @example
 * ```ts
 * const progress = createProgress({ terminal: Deno.stdout.isTerminal() });
 * for await (const event of peer.events) progress.handle(event);
 * progress.close();
 * ```
 *
 * @module
 */
import type { PeerEvent } from "../peer/events.ts";
import { createBars } from "./_progress_bars.ts";
import { createLines } from "./_progress_lines.ts";

/** Where progress goes. */
export interface ProgressOptions {
  /** Whether `write` leads to a terminal that understands cursor movements. */
  terminal: boolean;
  /** Where the text goes. @default standard output */
  write?: (text: string) => void;
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

function writeToStandardOutput(text: string): void {
  let bytes = new TextEncoder().encode(text);
  while (bytes.length > 0) bytes = bytes.subarray(Deno.stdout.writeSync(bytes));
}

/** A display for a terminal, or for a log. */
export function createProgress(options: ProgressOptions): Progress {
  const { terminal, write = writeToStandardOutput } = options;
  return terminal ? createBars({ ...options, write }) : createLines({ ...options, write });
}
