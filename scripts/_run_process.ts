/**
 * One run of a study in a process of its own, as `runStudy` begins it.
 *
 * @module
 */
import { runCommand } from "../src/cli/command.ts";
import type { PeerSite } from "../src/studies/peer_sites.ts";
import { endWithParent } from "../src/studies/process.ts";

/** When a run ended, and how long it took. */
export interface Timed {
  readonly seconds: number;
  /** ISO 8601. */
  readonly endedAt: string;
}

/** Takes a run as JSON, and prints what `carryOut` makes of it as JSON, timed; ends the process. */
export async function runProcess<Run, Result extends Timed>(
  carryOut: (run: Run) => Promise<Omit<Result, keyof Timed>>,
): Promise<void> {
  await runCommand(async () => {
    endWithParent();
    const startedAt = performance.now();
    const figures = await carryOut(JSON.parse(Deno.args[0]));
    const seconds = (performance.now() - startedAt) / 1000;
    console.log(JSON.stringify({ ...figures, seconds, endedAt: new Date().toISOString() }));
    Deno.exit(0);
  });
}

/** What a site computes with, for the results. */
export function engineText({ opened: { engine: { name, detail } } }: PeerSite): string {
  return `${name} (${detail}, 1 thread)`;
}
