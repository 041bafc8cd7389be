/**
 * All patches of one step of fine-tuning: labelled, unlabelled, or both.
 *
 * @module
 */
import { Rng } from "../core/rng.ts";
import { type Batch, batchesFrom, type BatchInput } from "./batches.ts";
import { type UnlabelledBatch, unlabelledBatch, type UnlabelledInput } from "./unlabelled/batches.ts";
import type { StudentPatch } from "./unlabelled/variant.ts";

/** What all steps of a training have in common. */
export interface StepInput {
  /** Absent where no case is labelled. */
  readonly labelled?: BatchInput;
  /** Absent where unlabelled cases are not learnt from. */
  readonly unlabelled?: UnlabelledInput;
}

/** Which step. */
export interface StepRequest {
  /** Decides cases, patches and augmentation; the labelled patches are the same with and without unlabelled ones. */
  readonly seed: number;
  /** What the student sees, where unlabelled cases are learnt from. */
  readonly planned?: readonly StudentPatch[];
}

/** The patches of a step, of one kind at least. */
export interface StepBatch {
  readonly labelled?: Batch;
  readonly unlabelled?: UnlabelledBatch;
}

const NONE = new Float32Array(0);

/** Draws the patches of a request. */
export function stepBatchesFrom({ labelled: labelledInput, unlabelled: input }: StepInput) {
  const draw = labelledInput && batchesFrom(labelledInput);
  return ({ seed, planned }: StepRequest): StepBatch => {
    const labelled = draw?.({ seed });
    if (!input || !planned) return { labelled };
    const rng = new Rng(seed).fork("unlabelled");
    return { labelled, unlabelled: unlabelledBatch(input, planned, { labelled: labelled?.image ?? NONE, rng }) };
  };
}
