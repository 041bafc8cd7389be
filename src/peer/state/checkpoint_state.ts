/**
 * What a checkpoint says beside its vectors.
 *
 * @module
 */
import * as v from "valibot";
import type { Settings } from "./settings.ts";

/** The state in a training's checkpoint. */
export interface CheckpointState {
  /** Rounds that are done. */
  round: number;
  /** Rounds of the training before, where it builds on one. */
  after?: number;
  /** What it was made with; checkpoints of earlier versions do not say. */
  settings?: Settings;
  /** Where links are one-way: what the site held of all masses. */
  weight?: number;
}

const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

const schema: v.GenericSchema<unknown, CheckpointState> = v.object({
  round: whole,
  after: v.optional(whole),
  settings: v.optional(v.record(v.string(), v.string())),
  weight: v.optional(v.pipe(v.number(), v.finite(), v.gtValue(0))),
});

/** Reads it strictly; what other versions add is passed over. @throws {ValiError} */
export function readCheckpointState(state: unknown): CheckpointState {
  return v.parse(schema, state);
}
