/**
 * That a site's run is finished, and under which settings: the same one, started again, has nothing left to do.
 *
 * @module
 */
import * as v from "valibot";
import { join } from "@std/path";
import { messageOf, UserError } from "../../core/errors.ts";
import { writeAtomically } from "../../core/files.ts";
import type { PeerConfiguration } from "../configuration.ts";
import { siteFromJson } from "../report/json.ts";
import type { SiteReport } from "../report/schema.ts";
import { isSameSet } from "./_same_set.ts";
import { BEGIN_ANEW, FINE_TUNE_ANEW } from "./anew.ts";
import { finishedFile } from "./layout.ts";
import { differences, type Settings } from "./settings.ts";

/** A run: what it trains under, and on what. */
export interface RunFacts {
  /** Those of its fine-tuning, which has all others, too. */
  settings: Settings;
  /** Cases that it fine-tunes with, and those that it tests. */
  split: { readonly labelled: readonly string[]; readonly test: readonly string[] };
  /** How long it trains at most; absent: to its end. */
  seconds?: number;
}

/** Of those of a folder of results that are there, where they lie, by what they are. */
export type KeptResults = Readonly<Partial<Record<"report" | "model" | "encoder", string>>>;

/** A run that is finished. */
export interface FinishedRun {
  /** The site's, as it was written. */
  report: SiteReport;
  /** Milliseconds since the epoch. */
  finishedAt: number;
  /** What it has made. */
  results: KeptResults;
}

const texts = v.array(v.string());

const schema = v.strictObject({
  version: v.literal(1),
  finishedAt: v.string(),
  settings: v.record(v.string(), v.string()),
  split: v.strictObject({ labelled: texts, test: texts }),
  cutAfter: v.optional(v.number()),
  results: v.record(v.picklist(["report", "model", "encoder"]), v.string()),
});

/** What makes another run of it, although checkpoints are gone on from. */
const OF_THE_RUN = ["schedule.rounds", "fineTune.mode", "fineTune.baseline"];

/**
 * Says that the run is finished: last, when all its results are in their place.
 *
 * @param run.isCut whether its time was over before its end: with more, it goes on
 * @param run.finishedAt milliseconds since the epoch. @default now
 */
export async function writeFinished(
  stateDirectory: string,
  { settings, split: { labelled, test }, seconds, isCut, results, finishedAt = Date.now() }: RunFacts & {
    isCut: boolean;
    results: KeptResults;
    finishedAt?: number;
  },
): Promise<void> {
  const path = finishedFile(stateDirectory);
  const finished = {
    ...{ version: 1, finishedAt: new Date(finishedAt).toISOString(), settings, split: { labelled, test } },
    ...(isCut && { cutAfter: seconds }),
    results,
  };
  try {
    await writeAtomically(path, `${JSON.stringify(finished, null, 1)}\n`);
  } catch (cause) {
    throw new UserError(`ending the run: ${messageOf(cause)}`, { where: path, cause });
  }
}

/**
 * Whether the run of now is finished; not so where its settings or cases ask for more, or its report is gone.
 *
 * @param options.warn told of a file that cannot be read, which is taken for none.
 */
export async function readFinished(
  { stateDirectory, outputDirectory }: Pick<PeerConfiguration, "stateDirectory" | "outputDirectory">,
  { settings, split, seconds = Infinity }: RunFacts,
  { warn }: { warn: (message: string) => void },
): Promise<FinishedRun | undefined> {
  const path = finishedFile(stateDirectory);
  let finished: v.InferOutput<typeof schema>;
  try {
    finished = v.parse(schema, JSON.parse(await Deno.readTextFile(path)));
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) {
      warn(`${path} cannot be read, and the run goes on (${messageOf(cause)})`);
    }
    return undefined;
  }
  const isSame = seconds <= (finished.cutAfter ?? Infinity) && differences(finished.settings, settings).length === 0 &&
    OF_THE_RUN.every((name) => finished.settings[name] === settings[name]) &&
    isSameSet(finished.split.labelled, split.labelled) && isSameSet(finished.split.test, split.test);
  if (!isSame) return undefined;
  const site = join(outputDirectory, "site.json");
  try {
    const report = siteFromJson(await Deno.readTextFile(site), site);
    return { report, finishedAt: Date.parse(finished.finishedAt), results: finished.results };
  } catch {
    return undefined; // it is made again from the checkpoints
  }
}

/**
 * What the user is told of it.
 *
 * @param options.isForgotten whether its checkpoints were deleted, without which only a new run can be begun
 */
export function finishedMessage(
  { finishedAt, results }: Pick<FinishedRun, "finishedAt" | "results">,
  { isForgotten }: { isForgotten: boolean },
): string {
  const places = Object.entries(results).map(([what, place]) => `its ${what} is ${place}`).join(", ");
  const fineTuning = isForgotten ? "" : `, or with ${FINE_TUNE_ANEW} for another fine-tuning of what is pre-trained`;
  return `this run is finished, since ${new Date(finishedAt).toISOString()}: ${places}; to begin a new one, start it ` +
    `with ${BEGIN_ANEW}${fineTuning} (keys and audit log stay)`;
}
