/**
 * `deno task predict --model DIR --input FILE|DIR --output DIR`: applies a kept model to volumes.
 *
 * @module
 */
import { join } from "@std/path";
import { UserError } from "../core/errors.ts";
import { writeAtomically } from "../core/files.ts";
import { memoryLimit } from "../core/memory_limit.ts";
import { inGib, limitOf } from "../data/checks/memory.ts";
import { formatCount } from "../display/formats/count.ts";
import { formatDice } from "../display/formats/dice.ts";
import { formatDuration } from "../display/formats/duration.ts";
import { formatNumber } from "../display/formats/number.ts";
import { printable } from "../display/formats/printable.ts";
import { startEngine } from "../engine/engine.ts";
import type { SegmentationDescription } from "../models/description.ts";
import { readSegmentationModel } from "../models/folder.ts";
import { findInputs } from "../prediction/inputs.ts";
import { type CaseOutcome, findDone, predictCases } from "../prediction/predict_cases.ts";
import { applyModel, Predictor } from "../prediction/predictor.ts";
import { checkInputs, prepareOutput } from "../prediction/requirements.ts";
import { statisticsCsv, type StructureStatistics } from "../prediction/statistics.ts";
import type { InferenceProgress } from "../segmentation/inference.ts";
import { Interrupted, UsageError } from "./command.ts";
import { engineFlags, engineOf } from "./flags/engine.ts";
import { defineCommand, needed, number, path, toggle } from "./flags/mod.ts";
import { interruption } from "./interruption.ts";

/** The file of `--statistics`. */
const STATISTICS = "statistics.csv";
/** Milliseconds between two lines on one case. */
const PACE = 10_000;

/** What a model is, in a line. */
function modelLine({ site, labels, dice, training }: SegmentationDescription): string {
  const { from } = training;
  const began = from
    ? `from the ${from.kind === "encoder" ? "encoder" : "model"} of ${printable(from.site)}`
    : training.method === "scratch"
    ? "from scratch"
    : "from pre-training";
  const tested = dice === null
    ? "not tested"
    : `Dice ${formatDice(dice.mean)} on ${formatCount(dice.cases, "test case")} of its site`;
  const structures = Object.values(labels).map(printable).join(", ");
  const labelled = formatCount(training.cases.labelled, "labelled case");
  return `model of ${printable(site)}, ${began}, ${labelled}, ${tested}: ${structures}`;
}

/** Most cases take seconds, of which tenths are told. */
function timeText(seconds: number): string {
  return seconds < 10 ? `${formatNumber(seconds, 2)} s` : formatDuration(seconds);
}

/** Lines on how far the cases are. */
function progressLines(cases: number, write: (line: string) => void = console.log) {
  const width = String(cases).length;
  let number = 0, told = performance.now();
  const put = (id: string, text: string) =>
    write(`${String(number + 1).padStart(width)}/${cases}  ${printable(id)}  ${text}`);
  return {
    window(id: string, { window, windows }: InferenceProgress): void {
      if (performance.now() - told < PACE || window === windows) return;
      told = performance.now();
      put(id, `${Math.floor(100 * window / windows)} % of ${windows} windows`);
    },
    outcome(outcome: CaseOutcome): void {
      told = performance.now();
      if (outcome.state === "failed") put(outcome.id, `failed: ${printable(outcome.fault)}`);
      else if (outcome.state === "passed") put(outcome.id, "is done already");
      else put(outcome.id, timeText(outcome.seconds));
      number++;
    },
  };
}

/** The command. */
export const predict = defineCommand({
  name: "predict",
  does: "applies a kept model to volumes: segmentations in each file's own geometry",
  notes: [
    "--input is a file (.nii, .nii.gz, .mha, .nrrd, a slice of a DICOM series), a folder of such, one with nnU-Net's",
    "names (CASE_0000 …), or a data set, of which imagesTs counts, else imagesTr. Called again, it goes on with what is",
    "not done.",
  ],
  flags: {
    model: needed(path("DIR", "the model's folder: results/model of a site")),
    input: needed(path("PATH", "a file or a folder")),
    output: needed(
      path("DIR", "where CASE.nii.gz are written, of DICOM series CASE.dcm, too; made where it is absent"),
    ),
    probabilities: toggle("write each structure's probabilities, too: probabilities/CASE_VALUE.nii.gz"),
    statistics: toggle(`write ${STATISTICS}, too: volume in ml and mean intensity by case and structure`),
    mirror: toggle(
      "average over all mirrorings that the model was trained with, which takes two to eight times as long",
    ),
    keepLargest: toggle("keep the largest part only of structures that lie in one piece in the model's labelled cases"),
    keepAll: toggle("keep all parts of all structures"),
    again: toggle("predict what is done already, or there from elsewhere, again"),
    memory: { ...number("GIB", "memory that may be taken", { above: 0 }), shown: "80 % of the machine's" },
    ...engineFlags,
  },
  example: "--model results/model --input new_scans --output segmented",
  async run({ flags }) {
    const { model: folder, input, output, probabilities, statistics, mirror, keepLargest, keepAll, again } = flags;
    if (keepLargest && keepAll) throw new UsageError("the flags --keep-largest and --keep-all exclude each other");
    const chosen = {
      mirror,
      ...(keepLargest && { parts: "largest" as const }),
      ...(keepAll && { parts: "all" as const }),
    };
    // what is cheap comes first, and nothing is made before it is known that there is something to do
    const model = await readSegmentationModel(folder);
    const applied = applyModel(model.description, chosen), { channels } = applied.description;
    const found = await findInputs(input, channels);
    const memory = memoryLimit(flags.memory);
    const checked = await checkInputs(found, applied, { probabilities, statistics, memory });
    const { cases, faulty } = checked;
    await prepareOutput(output, found.folders);
    const done = await findDone(cases, applied, { output, probabilities, again });
    for (const note of [...found.notes, ...checked.warnings]) console.error(`warning: ${printable(note)}`);
    const failed = faulty.map(({ id, fault }) => ({ id, fault: fault.message }));
    for (const { id, fault } of failed) console.error(`left out: ${printable(id)}: ${printable(fault)}`);
    const engine = await startEngine({ ...engineOf(flags), warn: (message) => console.error(`warning: ${message}`) });
    console.log(modelLine(applied.description));
    const taken = `at most ${inGib(checked.bytes)} of memory, of which ${limitOf(memory, "--memory")}`;
    const threads = formatCount(engine.threads, "thread");
    console.log(`${formatCount(cases.length, "case")}, ${engine.name} engine, ${threads}, ${taken}`);
    const predictor = new Predictor(model, chosen);
    using interrupted = interruption();
    const { signal } = interrupted;
    const progress = progressLines(cases.length);
    const options = { predictor, output, done, probabilities, statistics, signal, onProgress: progress.window };
    const rows: StructureStatistics[] = [];
    try {
      for await (const outcome of predictCases(cases, options)) {
        progress.outcome(outcome);
        if (outcome.state === "failed") failed.push(outcome);
        else rows.push(...outcome.statistics);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
      throw new Interrupted(`${signal.reason.message}; called again, it goes on with the cases that are not done`);
    } finally {
      predictor.dispose();
    }
    if (statistics) await writeStatistics(join(output, STATISTICS), statisticsCsv(rows, channels));
    console.log(`predictions in ${output}`);
    if (failed.length > 0) {
      throw new UserError(
        `predicting: ${failed.length} of ${formatCount(cases.length + faulty.length, "case")} could not be predicted`,
        { where: failed.map(({ id, fault }) => `${id}: ${fault}`).join("; ") },
      );
    }
  },
});

async function writeStatistics(path: string, text: string): Promise<void> {
  await writeAtomically(path, text).catch((cause) => {
    throw new UserError(`writing the statistics: ${cause.message}`, { where: path, cause });
  });
}

if (import.meta.main) await predict.main();
