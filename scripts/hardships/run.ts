/**
 * One run of the study: takes a `HardshipRun` as JSON, prints a `HardshipResult` as JSON.
 *
 * @module
 */
import { runProcess, type Timed } from "../_run_process.ts";
import { type HardshipResult, type HardshipRun, isWhole } from "./_study.ts";
import { tryOut } from "./_trial.ts";

async function carryOut(run: HardshipRun): Promise<Omit<HardshipResult, keyof Timed>> {
  const outcome = await tryOut(run);
  // the logs of what is lost are wanted
  if (!isWhole(outcome)) await Deno.rename(run.directory, `${run.directory}-lost`);
  const { hardship, seed, seconds: lasting } = run;
  return { hardship, seed, lasting, ...outcome };
}

await runProcess<HardshipRun, HardshipResult>(carryOut);
