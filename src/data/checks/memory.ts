/** Volumes fit into memory, each for itself and all that are held together. */
import { format } from "@std/fmt/bytes";
import { UserError } from "../../core/errors.ts";
import type { MemoryLimit } from "../../core/memory_limit.ts";
import type { Triple } from "../../core/triple.ts";
import { dimsOf, framesOf, type NiftiHeader } from "../nifti/header.ts";
import type { Plan } from "../plan.ts";
import { voxelCount } from "../volume.ts";
import { preparedDims } from "./_prepared_dims.ts";
import type { CaseHeaders, CheckContext } from "./check.ts";

/** Bytes that a case takes. */
export interface CaseMemory {
  /** As long as the peer runs: the prepared image and label. */
  readonly held: number;
  /** Besides, while it is loaded, predicted and written, or shown, whichever is the most. */
  readonly passing: number;
}

/** What {@linkcode memoryOf} needs to know. */
export interface MemoryContext {
  plan: Plan;
  /** Voxels of a patch along z, y, x. @default unknown: nothing is predicted */
  patch?: Triple;
  /** Background included. @default 2 */
  classes?: number;
  /** Whether shares of classes are kept of cases with a label. @default false */
  softLabels?: boolean;
}

/**
 * The process with its engine and a small network. What a volume takes beyond its arrays (pieces of files, garbage that
 * is not collected yet) is in {@linkcode SLACK}.
 */
const PROCESS = 0.5 * 2 ** 30;
/** By the benchmark of a large volume, `scripts/bench/large_volume.md`. */
const SLACK = 1.2;

/**
 * What a case takes, from its headers: while it is loaded, one file's own voxels beside the prepared ones of all
 * channels; while it is
 * predicted, the sums of as many planes as a patch is deep, the labels on the file's grid and the truth.
 */
export function memoryOf(
  { image, others = [], label }: Omit<CaseHeaders, "reference">,
  context: MemoryContext,
): CaseMemory {
  const { plan, patch, classes = 2, softLabels = false } = context;
  const voxels = voxelCount(dimsOf(image));
  const [x, y, z] = preparedDims(image, plan);
  const frames = framesOf(image);
  const ofLabel = label ? 1 + (softLabels ? classes : 0) : 0;
  const held = (4 * (frames + others.length) + ofLabel) * x * y * z;
  const labels = label ? label.datatype.bytes * voxels + voxels : 0; // as stored, and a byte each
  const file = frames * image.datatype.bytes * voxels;
  const loading = Math.max(file, labels, ...others.map(({ datatype: { bytes } }) => bytes * voxels));
  if (!patch) return { held, passing: SLACK * loading };
  const sums = 4 * classes * Math.min(patch[0], z) * y * x;
  const predicting = sums + voxels + labels;
  const showing = file + 2 * voxels + labels;
  return { held, passing: SLACK * Math.max(loading, predicting, showing) };
}

/** What {@linkcode predictionMemory} needs to know. */
export interface PredictionContext {
  plan: Plan;
  /** Voxels of a patch along z, y, x. */
  patch: Triple;
  /** Background included. */
  classes: number;
  /** Whether the structures' probabilities are kept on the file's grid. @default false */
  probabilities?: boolean;
  /** Whether the image is measured where structures are. @default false */
  statistics?: boolean;
}

/** What of an image its prediction's memory depends on. */
export interface PredictedImage {
  /** Of the first file. */
  readonly image: NiftiHeader;
  /** Files of the image, a channel each where there are several. */
  readonly files: number;
  /** Numbers in the network. */
  readonly weights: number;
}

/**
 * The bytes of a process that predicts one case after another, while it has this one: the prepared channels, and
 * whichever is the most of a file's own voxels; the sums of as many planes as a patch is deep beside the labels and what
 * else is kept on the file's grid; and the labels beside a file's voxels, where these are measured.
 */
export function predictionMemory(
  { image, files, weights }: PredictedImage,
  { plan, patch, classes, probabilities = false, statistics = false }: PredictionContext,
): number {
  const voxels = voxelCount(dimsOf(image));
  const [x, y, z] = preparedDims(image, plan);
  const frames = framesOf(image);
  const held = 4 * (frames + files - 1) * x * y * z;
  const file = frames * image.datatype.bytes * voxels;
  const kept = voxels + (probabilities ? 4 * (classes - 1) * voxels : 0);
  const predicting = 4 * classes * Math.min(patch[0], z) * y * x + kept;
  return PROCESS + 2 * 4 * weights + held + SLACK * Math.max(file, predicting, statistics ? file + kept : 0);
}

/** @throws {UserError} if a prediction takes more than there is. */
export function requirePrediction(
  { reference, image }: Pick<CaseHeaders, "reference" | "image">,
  { bytes, plan, memory }: { bytes: number; plan: Plan; memory: MemoryLimit },
): void {
  if (bytes > memory.bytes) throw tooLarge({ reference, image }, preparedDims(image, plan), bytes, memory, "--memory");
}

/** Bytes that a peer takes with all cases: its process, what it holds of each, and the most that one takes in passing. */
export function neededMemory(all: readonly Omit<CaseHeaders, "reference">[], context: MemoryContext): number {
  const each = all.map((headers) => memoryOf(headers, context));
  return each.reduce((sum, { held }) => sum + held, PROCESS) + Math.max(0, ...each.map(({ passing }) => passing));
}

/** What of a configuration makes cases take less. */
const SMALLER = '"data.spacing" makes volumes coarser, "data.crop" smaller, "data.split" names fewer cases';

/**
 * See the file's head.
 *
 * @returns a warning where all cases together need more than a limit that was only assumed
 * @throws {UserError} for the first case that does not fit by itself, or if all together need more than a limit that
 * was set, or that the machine has.
 */
export function requireMemory(
  all: readonly CaseHeaders[],
  { plan, patch, classes, softLabels, memory, memoryHint = SMALLER, memorySetting = SETTING }: CheckContext,
): string[] {
  if (!plan || !memory || all.length === 0) return [];
  let held = 0, passing = 0;
  for (const headers of all) {
    const own = memoryOf(headers, { plan, patch, classes, softLabels });
    const need = PROCESS + own.held + own.passing;
    if (need > memory.bytes) throw tooLarge(headers, preparedDims(headers.image, plan), need, memory, memorySetting);
    held += own.held;
    passing = Math.max(passing, own.passing);
  }
  const need = PROCESS + held + passing;
  if (need <= memory.bytes) return [];
  const sentence = `${all.length} cases together need ${inGib(need)} of memory, of which ${
    limitOf(memory, memorySetting)
  }`;
  if (memory.from === "assumption") return [sentence];
  throw new UserError(`checking memory: ${sentence}; ${memoryHint}`);
}

function tooLarge(
  { reference, image }: Pick<CaseHeaders, "reference" | "image">,
  prepared: Triple,
  need: number,
  memory: MemoryLimit,
  setting: string,
): UserError {
  return new UserError(
    `checking memory: a volume must fit into memory; on the plan's grid it has ${
      prepared.join("x")
    } voxels and needs ` +
      `${inGib(need)}, of which ${limitOf(memory, setting)}`,
    { where: reference.image, value: dimsOf(image).join("x") },
  );
}

/** What says how much memory there is. */
const SETTING = '"data.memory"';

/** A limit in words. @param setting what sets it */
export function limitOf({ bytes, from }: MemoryLimit, setting: string): string {
  const limit = inGib(bytes);
  if (from === "setting") return `${setting} allows ${limit}`;
  if (from === "machine") return `the machine allows ${limit}`;
  return `${limit} are taken to be there (${setting} says how much there is)`;
}

/** Bytes as people count memory. */
export function inGib(bytes: number): string {
  return bytes < 2 ** 30 ? format(bytes, { binary: true }) : `${Number((bytes / 2 ** 30).toPrecision(3))} GiB`;
}
