/**
 * Whether a run was finished by a version that did not yet say so: only where its report, what it kept and the headers
 * of its checkpoints leave no doubt. Otherwise it goes on from its checkpoints, which comes to the same.
 *
 * @module
 */
import { join } from "@std/path";
import { MODEL_FILES } from "../../models/folder.ts";
import { ENCODER, MODEL } from "../_keeping.ts";
import { methodsOf } from "../_trainings.ts";
import type { PeerConfiguration } from "../configuration.ts";
import { fineTuningPart } from "../fine_tuning_part.ts";
import type { Method } from "../events.ts";
import { siteFromJson } from "../report/json.ts";
import type { SiteReport } from "../report/schema.ts";
import { isSameSet } from "./_same_set.ts";
import { latestState } from "./check_checkpoints.ts";
import type { FinishedRun, KeptResults, RunFacts } from "./finished.ts";
import { fineTuningFolders, finishedFile, ownFineTuningFolder, pretrainingFolder } from "./layout.ts";
import { differences, type Settings, type TrainingSettings } from "./settings.ts";

/** What of a configuration says what a run comes to. */
type Asked = Pick<PeerConfiguration, "stateDirectory" | "outputDirectory" | "schedule" | "fineTune">;

/** The run of now, if it is finished for certain and nothing says so. */
export async function finishedEarlier(
  asked: Asked,
  { split, training }: Pick<RunFacts, "split"> & { training: TrainingSettings },
): Promise<FinishedRun | undefined> {
  if (await modified(finishedFile(asked.stateDirectory)) !== undefined) return undefined;
  const path = join(asked.outputDirectory, "site.json");
  const finishedAt = await modified(path);
  const report = finishedAt === undefined ? undefined : await readReport(path);
  if (finishedAt === undefined || report === undefined) return undefined;
  const methods = methodsAtTheEnd(report, asked, split);
  if (methods === undefined) return undefined;
  const checkpoints = await lastCheckpoints(asked, { methods, training });
  // a report that is older is of another run, which was to take its place
  if (checkpoints === undefined || checkpoints.some((time) => time > finishedAt)) return undefined;
  const results = await keptResults(asked, methods);
  return results && { report, finishedAt, results };
}

async function readReport(path: string): Promise<SiteReport | undefined> {
  try {
    return siteFromJson(await Deno.readTextFile(path), path);
  } catch {
    return undefined; // the run goes on, and writes it anew
  }
}

/** What was fine-tuned and tested, where a report is of all that is asked for, and of these cases. */
function methodsAtTheEnd(
  report: SiteReport,
  { schedule: { rounds }, fineTune }: Asked,
  split: RunFacts["split"],
): readonly Method[] | undefined {
  const { cases, caseNames, cut, dataset, dice, fineTuningPart: before, plannedRounds } = report;
  if (!caseNames || !dataset || !before || cut !== undefined) return undefined;
  if (plannedRounds !== rounds || (report.rounds.at(-1)?.round ?? 0) !== rounds) return undefined;
  if (!isSameSet(caseNames.labelled, split.labelled) || !isSameSet(caseNames.test, split.test)) return undefined;
  const part = fineTuningPart(fineTune, { cases, structures: Object.keys(dataset.labels).length });
  const methods = part === "none" ? [] : methodsOf(fineTune);
  const isTested = (method: Method) =>
    split.test.every((id) => dice.some((row) => row.case === id && row.method === method));
  return part === before.part && isSameSet(methods, before.methods) && methods.every(isTested) ? methods : undefined;
}

/** When the last checkpoint of each training was written, where all are at their end under the settings of now. */
async function lastCheckpoints(
  { stateDirectory, schedule: { rounds }, fineTune }: Asked,
  { methods, training }: { methods: readonly Method[]; training: TrainingSettings },
): Promise<number[] | undefined> {
  const times: number[] = [];
  const isAtEnd = async (found: Awaited<ReturnType<typeof latestState>>, end: number, settings: Settings) => {
    const { round, settings: before } = found?.state ?? {};
    const time = found && await modified(found.path);
    if (time === undefined || round !== end || !before || differences(before, settings).length > 0) return false;
    times.push(time);
    return true;
  };
  const pretraining = await latestState(pretrainingFolder(stateDirectory));
  if (rounds > 0 && !await isAtEnd(pretraining, rounds, training.pretraining)) return undefined;
  const isTogether = fineTune.mode === "federated";
  for (const method of methods) {
    const { folder, former } = fineTuningFolders(stateDirectory, method);
    const found = isTogether
      ? await latestState(folder) ?? await latestState(former)
      : await latestState(ownFineTuningFolder(stateDirectory, method));
    const end = isTogether ? fineTune.rounds : fineTune.steps;
    if (found?.state.after !== pretraining?.state.round) return undefined;
    if (!await isAtEnd(found, end, training.fineTuning)) return undefined;
  }
  return times;
}

/** Where its results lie, if none is missing. */
async function keptResults(
  { outputDirectory, schedule: { rounds } }: Asked,
  methods: readonly Method[],
): Promise<KeptResults | undefined> {
  const places: [keyof KeptResults, string, string][] = [["report", "report.html", ""]];
  if (methods.length > 0) places.push(["model", MODEL, MODEL_FILES.description]);
  if (rounds > 0) places.push(["encoder", ENCODER, MODEL_FILES.description]);
  const results: [string, string][] = [];
  for (const [what, place, file] of places) {
    const path = join(outputDirectory, place);
    if (await modified(join(path, file)) === undefined) return undefined;
    results.push([what, path]);
  }
  return Object.fromEntries(results);
}

/** When it was last written, in milliseconds since the epoch; undefined where it is not there, or nobody knows. */
async function modified(path: string): Promise<number | undefined> {
  return await Deno.stat(path).then(({ mtime }) => mtime?.getTime(), () => undefined);
}
