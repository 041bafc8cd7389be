/**
 * Fine-tuning of a kept model or encoder on other labels, on one machine: from the folder that it lies in to the folder
 * of the new one, through any kill.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { join, resolve } from "@std/path";
import deno from "../../deno.json" with { type: "json" };
import { UserError } from "../core/errors.ts";
import { entryAt } from "../core/files.ts";
import { lockFolder } from "../core/lock.ts";
import type { MemoryLimit } from "../core/memory_limit.ts";
import { mirrorAxes } from "../data/augmentation/mirror.ts";
import { checkCases } from "../data/checks/check_cases.ts";
import { checkLabels } from "../data/checks/check_labels.ts";
import type { CaseReference, Dataset } from "../data/datasets/dataset.ts";
import { openDataset } from "../data/datasets/registry.ts";
import { shareCase } from "../data/loading/share.ts";
import { prepareCase, type PreparedCase } from "../data/prepare.ts";
import { NORMALISATION } from "../data/normalise.ts";
import type { SegmentationDescription } from "../models/description.ts";
import { describeModel, type KeptModel, MODEL_FILES, readModel, writeModel } from "../models/folder.ts";
import { Checkpoints } from "../peer/checkpoints.ts";
import { latestState } from "../peer/state/check_checkpoints.ts";
import { checkSettings, type Settings } from "../peer/state/settings.ts";
import { measureTraining } from "../planning/measuring/measure_training.ts";
import { PLANNING } from "../planning/table.ts";
import type { ScoreRow } from "../scoring/row.ts";
import type { FineTuneProgress } from "../segmentation/fine_tuner.ts";
import { singlePartValues } from "../segmentation/single_parts.ts";
import type { FineTuneSettings } from "../settings/types.ts";
import { recipeOf, tuningSettings } from "./settings.ts";
import { type CaseSplit, splitCases, type SplitCasesOptions } from "./split.ts";
import { type Start, startFrom } from "./start.ts";
import { testModel } from "./test.ts";
import { train } from "./train.ts";

/** Options of {@linkcode finetune}. */
export interface FinetuneOptions extends SplitCasesOptions {
  /** Folder of the kept model or encoder. */
  from: string;
  /** Folder of the dataset. */
  data: string;
  /** Where checkpoints and results go; made where it is absent. */
  out: string;
  /** What the new model calls the site that keeps it. */
  name: string;
  /** @default the recipe's */
  steps?: number;
  /** In how many it is to end: fewer steps where there is no time for all, unless they are given. @default no limit */
  minutes?: number;
  /** Steps between two checkpoints. @default 20 */
  checkpointEvery?: number;
  /** Batches that a thread of its own prepares ahead. @default 2 */
  ahead?: number;
  /** What the process may take. */
  memory: MemoryLimit;
  /** The engine that is asked for; what the checkpoints were made with where that is left open. */
  engine?: string;
  /** Starts the engine: the one of this name, or whichever is best. @returns its name */
  startEngine: (engine: string | undefined) => Promise<string>;
  /** Told what happens. */
  onEvent: (event: FinetuneEvent) => void;
  /** Ends it after a step or a window. */
  signal?: AbortSignal;
}

/** What happens, in this order. */
export type FinetuneEvent =
  | { readonly type: "warning"; readonly message: string }
  | { readonly type: "begun"; readonly start: Start; readonly split: CaseSplit; readonly recipe: FineTuneSettings }
  | { readonly type: "checked" | "prepared"; readonly step: number; readonly steps: number }
  | { readonly type: "planned"; readonly minutes: number; readonly steps: number; readonly stepSeconds: number }
  | { readonly type: "resumed"; readonly step: number; readonly steps: number }
  | { readonly type: "trained"; readonly progress: FineTuneProgress }
  | { readonly type: "tested"; readonly id: string; readonly rows: readonly ScoreRow[] };

/** What it came to. */
export interface Finetuned {
  /** The new model's folder. */
  readonly model: string;
  /** Dice on the test cases; null where there are none. */
  readonly dice: SegmentationDescription["dice"];
  /** Whether all was done before. */
  readonly wasFinished: boolean;
}

const DOING = "fine-tuning a kept network";

/** Where what is in the folder of output. */
export const OUTPUT: Readonly<Record<"checkpoints" | "model" | "predictions" | "scores", string>> = Object.freeze({
  checkpoints: "checkpoints",
  model: join("results", "model"),
  predictions: join("results", "predictions"),
  scores: join("results", "scores.csv"),
});

/**
 * Fine-tunes, tests and keeps the network. Whenever the process dies, the same call goes on from the last checkpoint.
 *
 * @throws {UserError} if the kept folder, the data or the folder of output are at fault, before anything is computed;
 * if the settings are not those of the checkpoints there; if the disk is full.
 * @throws the signal's reason when it is aborted.
 */
export async function finetune(options: FinetuneOptions): Promise<Finetuned> {
  const { from, data, out, minutes, onEvent, signal } = options;
  const begunAt = performance.now();
  const warn = (message: string) => onEvent({ type: "warning", message });
  const kept = await readModel(from);
  const dataset = await openDataset(data);
  const start = startFrom(kept, dataset), split = splitCases(dataset.cases, options);
  requireApart(out, data);
  const paths = pathsIn(out);
  const before = await latestState(paths.checkpoints);
  const planned = minutes === undefined ? undefined : before?.state.settings?.["--steps"];
  let recipe = recipeOf(options.steps ?? (planned === undefined ? undefined : Number(planned)));
  const engine = options.engine ?? before?.state.settings?.["--engine"];
  const facts = { from: start.origin.sha256, dataset, split, options };
  const settingsWith = (engine?: string) => tuningSettings({ ...facts, recipe, engine });
  if (before) requireSettings(before, await settingsWith(engine));
  const finished = await modelThere(paths.model);
  if (finished && !before) {
    throw new UserError(`${DOING}: --out must hold no model of another run`, { where: paths.model });
  }
  if (finished?.kind === "segmentation") return { model: paths.model, dice: finished.dice, wasFinished: true };

  onEvent({ type: "begun", start, split, recipe });
  const warnings = await check({ kept, dataset, start, split, recipe }, options);
  [...start.warnings, ...dataset.notes ?? [], ...warnings].forEach(warn);

  using lock = await lockFolder(out, { doing: DOING, what: "--out", by: "finetune" });
  if (lock.warning !== undefined) warn(lock.warning);
  const started = await options.startEngine(engine);
  const prepared = await prepare({ start, split, recipe, dataset }, options);
  let isOver: (() => boolean) | undefined;
  if (minutes !== undefined) {
    const measured = await measure({ kept, start, split, recipe, dataset }, prepared, { ...options, minutes });
    const until = begunAt + 60_000 * minutes - 1000 * measured.tests;
    const room = Math.floor((until - performance.now()) / 1000 / measured.step);
    if (options.steps === undefined && planned === undefined) {
      recipe = recipeOf(Math.max(1, Math.min(recipe.steps, room)));
    }
    onEvent({ type: "planned", minutes, steps: recipe.steps, stepSeconds: measured.step });
    isOver = () => performance.now() >= until;
  }
  const settings = await settingsWith(started);
  const { vectors, done } = await train({
    ...{ start, recipe, labels: dataset.labels, patch: kept.description.patch, cases: prepared.labelled },
    ...{ unlabelled: prepared.unlabelled, seed: options.seed, ahead: options.ahead ?? 2, signal, warn },
    checkpoints: new Checkpoints(paths.checkpoints, { settings, anew: "another --out", unit: "step" }),
    checkpointEvery: options.checkpointEvery ?? 20,
    isOver,
    onResume: (step) => onEvent({ type: "resumed", step, steps: recipe.steps }),
    onCheckpoint: (progress) => onEvent({ type: "trained", progress }),
  });
  if (done < recipe.steps) warn(`the ${minutes} min are over: it ends after step ${done} of ${recipe.steps}`);
  const trained = { kept, start, split, recipe: { ...recipe, steps: done }, dataset, name: options.name };
  const described = factsOf(trained, prepared.labelled);
  const dice = await testModel({ description: await describeModel(described, vectors), vectors }, {
    ...{ cases: split.test, dataset, signal, predictions: paths.predictions, scores: paths.scores },
    onCase: (id, rows) => onEvent({ type: "tested", id, rows }),
  });
  await writeModel(paths.model, { ...described, dice }, vectors); // last: it says that all is done
  return { model: paths.model, dice, wasFinished: false };
}

function pathsIn(out: string): Record<keyof typeof OUTPUT, string> {
  const { checkpoints, model, predictions, scores } = OUTPUT;
  return {
    checkpoints: join(out, checkpoints),
    model: join(out, model),
    predictions: join(out, predictions),
    scores: join(out, scores),
  };
}

/** Predictions among the dataset's files would be taken for images. */
function requireApart(out: string, data: string): void {
  if (!`${resolve(out)}/`.startsWith(`${resolve(data)}/`)) return;
  throw new UserError(`${DOING}: --out must not lie in the folder of --data`, { where: out });
}

function requireSettings({ state, path }: NonNullable<Awaited<ReturnType<typeof latestState>>>, now: Settings): void {
  if (state.settings) checkSettings(state.settings, now, { path, anew: "another --out" });
}

/** What the model in `folder` says, if there is one. */
async function modelThere(folder: string): Promise<KeptModel["description"] | undefined> {
  const isThere = await entryAt(join(folder, MODEL_FILES.description), { follow: false });
  return isThere ? (await readModel(folder)).description : undefined;
}

/** What a fine-tuning is of. */
interface Tuning {
  kept: KeptModel;
  dataset: Dataset;
  start: Start;
  split: CaseSplit;
  recipe: FineTuneSettings;
}

/** Headers first, then label files. @returns warnings */
async function check(
  { kept, dataset, start, split, recipe }: Tuning,
  { memory, signal, onEvent }: FinetuneOptions,
): Promise<readonly string[]> {
  const { labelled, unlabelled, test } = split;
  const { warnings } = await checkCases([...labelled, ...test, ...(recipe.unlabelled ? unlabelled : [])], {
    ...{ plan: start.plan, patch: kept.description.patch, fixedPatch: true, classes: start.network.classes, memory },
    ...{ softLabels: recipe.softLabels, signal, memorySetting: "--memory" },
    memoryHint: "a machine with more memory, or data with fewer cases",
  });
  const onProgress = (progress: { step: number; steps: number }) => onEvent({ type: "checked", ...progress });
  const labels = await checkLabels([{ labelled, test }], dataset, { onProgress, signal });
  return [...warnings, ...labels.warnings];
}

async function prepare(
  { start, split, recipe, dataset }: Pick<Tuning, "start" | "split" | "recipe" | "dataset">,
  { signal, onEvent }: FinetuneOptions,
): Promise<{ labelled: PreparedCase[]; unlabelled: PreparedCase[] }> {
  const { softLabels } = recipe, others = recipe.unlabelled ? split.unlabelled : [];
  const steps = split.labelled.length + others.length;
  let step = 0;
  const all = async (references: readonly CaseReference[]) => {
    const cases: PreparedCase[] = [];
    for (const reference of references) {
      cases.push(shareCase(await prepareCase(reference, start.plan, dataset, { softLabels, signal })));
      onEvent({ type: "prepared", step: ++step, steps });
    }
    return cases;
  };
  return { labelled: await all(split.labelled), unlabelled: await all(others) };
}

/** Seconds that a step takes, and all tests, by a few steps of what would be done. */
async function measure(
  { kept, start, split, recipe, dataset }: Tuning,
  { labelled, unlabelled }: { labelled: PreparedCase[]; unlabelled: PreparedCase[] },
  { minutes, ahead = 2 }: { minutes: number; ahead?: number },
): Promise<{ step: number; tests: number }> {
  const { measuringShare, leastMeasuring, mostMeasuring } = PLANNING;
  const { fineTune, test } = await measureTraining({
    ...{ network: start.network, patch: kept.description.patch, scheme: dataset, ahead, pretrain: {} },
    fineTune: { own: recipe },
    training: [...labelled, ...unlabelled],
    labelled: { prepared: labelled[0], reference: split.labelled[0] },
    seconds: Math.min(mostMeasuring, Math.max(leastMeasuring, measuringShare * 60 * minutes)),
  });
  return { step: fineTune.own, tests: split.test.length * test };
}

/** What the new model says of itself before it is tested. */
function factsOf(
  { kept: { description }, start, split, recipe, dataset, name }: Tuning & { name: string },
  labelled: readonly PreparedCase[],
): Omit<SegmentationDescription, "format" | "version" | "weights"> {
  const { patch, channels, training: { method, objective, rounds, stepsPerRound, members } } = description;
  const axes = (mirroring: FineTuneSettings["mirror"]) => mirrorAxes(mirroring ?? [], dataset.labels).axes;
  const cases = {
    training: split.labelled.length + split.unlabelled.length,
    labelled: split.labelled.length,
    test: split.test.length,
  };
  return {
    kind: "segmentation",
    ...{ site: name, dataset: dataset.name, writtenAt: new Date().toISOString(), network: start.network, patch },
    preparation: { ...start.plan, orientation: "RAS", normalisation: NORMALISATION },
    ...{ channels, labels: Object.fromEntries(dataset.labels) },
    training: {
      method: method ?? "pretrained",
      ...(objective !== undefined && { objective }),
      ...{ rounds, stepsPerRound, fineTuning: { mode: "local", steps: recipe.steps }, from: start.origin },
      ...{ cases, members },
    },
    prediction: {
      mirror: { trained: axes(recipe.mirror), tested: axes(recipe.testMirroring) },
      singleParts: { values: singlePartValues(labelled), kept: recipe.keepLargest },
    },
    dice: null,
    versions: { syncytium: deno.version, deno: Deno.version.deno, tfjs: tf.version["tfjs-core"] },
  };
}
