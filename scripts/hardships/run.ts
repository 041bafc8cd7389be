/**
 * One run of the study: takes a `HardshipRun` as JSON, prints a `HardshipResult` as JSON.
 *
 * @module
 */
import { Interrupted } from "../../src/cli/command.ts";
import { interruption } from "../../src/cli/interruption.ts";
import { runProcess, type Timed } from "../_run_process.ts";
import { type HardshipResult, type HardshipRun, isWhole } from "./_study.ts";
import { tryOut } from "./_trial.ts";

async function carryOut(run: HardshipRun): Promise<Omit<HardshipResult, keyof Timed>> {
  using interrupted = interruption();
  const { signal } = interrupted;
  const outcome = await tryOut(run, signal).catch((error) => {
    if (signal.aborted) throw new Interrupted(`ended by ${interrupted.by}: its networks and disks are taken away`);
    throw error;
  });
  // the logs of what is lost are wanted
  if (!isWhole(outcome)) await Deno.rename(run.directory, `${run.directory}-lost`);
  const { hardship, seed, seconds: lasting } = run;
  return { hardship, seed, lasting, ...outcome };
}

await runProcess<HardshipRun, HardshipResult>(carryOut);
