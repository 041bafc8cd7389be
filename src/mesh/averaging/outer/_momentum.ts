/**
 * A momentum vector that can be kept in a checkpoint.
 *
 * @module
 */
import { checkVector } from "../state.ts";

/** Zero at first. */
export class Momentum {
  readonly values: Float32Array;

  constructor(length: number) {
    this.values = new Float32Array(length);
  }

  /** @throws {RangeError} if `momentum` has another length or is not finite. */
  restore(momentum: Float32Array): void {
    checkVector(momentum, this.values.length);
    this.values.set(momentum);
  }
}
