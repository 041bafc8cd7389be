/**
 * What the terminal shows while peers run: a bar for each on a terminal, plain lines at a sane pace elsewhere.
 *
 * @example
 * ```ts
 * import { createProgress } from "./progress.ts";
 *
 * const progress = createProgress({ terminal: Deno.stdout.isTerminal() });
 * const step = { phase: "scratch", step: 1, steps: 9, perSecond: 4 } as const;
 * progress.handle({ type: "progress", peer: "north", time: Date.now(), ...step }); // each event of each peer
 * progress.close();
 * ```
 *
 * @module
 */
import { createBars } from "./_progress_bars.ts";
import type { Progress, ProgressOptions } from "./_progress_display.ts";
import { createLines } from "./_progress_lines.ts";

export type { Progress, ProgressOptions } from "./_progress_display.ts";

function writeToStandardOutput(text: string): void {
  let bytes = new TextEncoder().encode(text);
  while (bytes.length > 0) bytes = bytes.subarray(Deno.stdout.writeSync(bytes));
}

/** Bars for a terminal, lines for what is no terminal or is to be a log. */
export function createProgress(options: ProgressOptions): Progress {
  const { terminal, log, write = writeToStandardOutput } = options;
  return terminal && !log ? createBars({ ...options, write }) : createLines({ ...options, write });
}
