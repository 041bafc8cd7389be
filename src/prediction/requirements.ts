/**
 * What must hold before the first case is predicted: places, headers and memory.
 *
 * @module
 */
import { dirname, join, resolve } from "@std/path";
import { messageOf, UserError } from "../core/errors.ts";
import type { MemoryLimit } from "../core/memory_limit.ts";
import { imageFilesOf } from "../data/channels.ts";
import { checkCases } from "../data/checks/check_cases.ts";
import { predictionMemory, requirePrediction } from "../data/checks/memory.ts";
import type { CaseReference } from "../data/datasets/dataset.ts";
import { framesOf } from "../data/nifti/header.ts";
import { readHeaderOf } from "../data/formats/registry.ts";
import type { FaultyInput, Inputs } from "./inputs.ts";
import { PROBABILITIES } from "./predict_cases.ts";
import { type AppliedModel, requireChannels } from "./predictor.ts";

/** What is predicted beside labels, and with how much memory. */
export interface RequirementOptions {
  /** Whether structures' probabilities are. @default false */
  probabilities?: boolean;
  /** Whether structures are measured. @default false */
  statistics?: boolean;
  /** What the process may take. */
  memory: MemoryLimit;
  /** Ends it between two cases. */
  signal?: AbortSignal;
}

/** What the headers say. */
export interface CheckedInputs extends Pick<Inputs, "cases" | "faulty"> {
  /** The most bytes that a case takes, the process with it. */
  readonly bytes: number;
  /** What is only suspicious, a sentence each. */
  readonly warnings: readonly string[];
}

/**
 * Reads the headers of every case; those at fault, or too large for the memory, are left out.
 *
 * @throws {UserError} with their faults, if there is no other case.
 */
export async function checkInputs(
  { cases, faulty }: Pick<Inputs, "cases" | "faulty">,
  { description, plan }: Pick<AppliedModel, "description" | "plan">,
  { memory, signal, ...asked }: RequirementOptions,
): Promise<CheckedInputs> {
  const { patch, network: { classes } } = description;
  const sound: CaseReference[] = [], faults: FaultyInput[] = [...faulty], warnings: string[] = [];
  let most = 0;
  for (const reference of cases) {
    signal?.throwIfAborted();
    try {
      const image = await readHeaderOf(reference.image);
      const files = imageFilesOf(reference);
      if (files.length === 1) requireChannels(framesOf(image), description, reference.image);
      warnings.push(...(await checkCases([reference], { plan, patch, classes })).warnings);
      const bytes = predictionMemory(
        { image, files: files.length, weights: description.weights.values },
        { plan, patch, classes, ...asked },
      );
      requirePrediction({ reference, image }, { bytes, plan, memory });
      most = Math.max(most, bytes);
      sound.push(reference);
    } catch (fault) {
      if (!(fault instanceof UserError)) throw fault;
      faults.push({ id: reference.id, fault });
    }
  }
  if (sound.length === 0) throw noneOf(faults);
  return { cases: sound, faulty: faults, bytes: most, warnings };
}

function noneOf(faults: readonly FaultyInput[]): UserError {
  if (faults.length === 1) return faults[0].fault;
  return new UserError(`predicting: none of ${faults.length} cases can be predicted`, {
    where: faults.map(({ id, fault }) => `${id}: ${fault.message}`).join("; "),
  });
}

/**
 * Makes the folder of predictions.
 *
 * @throws {UserError} if images lie in it, beside which predictions would be taken for images and may overwrite them,
 * or if it cannot be written.
 */
export async function prepareOutput(output: string, folders: readonly string[]): Promise<void> {
  const places = await Promise.all([output, join(output, PROBABILITIES)].map(placeOf));
  for (const folder of folders) {
    if (!places.includes(await placeOf(folder))) continue;
    throw new UserError(
      "predicting: the output must be another folder than the input's images lie in, where predictions would stand " +
        "among them or overwrite them",
      { where: output },
    );
  }
  try {
    await Deno.mkdir(output, { recursive: true });
    await Deno.remove(await Deno.makeTempFile({ dir: output, prefix: ".writable-" }));
  } catch (cause) {
    throw new UserError(`predicting: the output must be a folder that can be written: ${messageOf(cause)}`, {
      where: output,
      cause,
    });
  }
}

/** A path without links, as far as it is there. */
async function placeOf(path: string): Promise<string> {
  const whole = resolve(path);
  try {
    return await Deno.realPath(whole);
  } catch {
    return dirname(whole) === whole ? whole : join(await placeOf(dirname(whole)), whole.slice(dirname(whole).length));
  }
}
