/**
 * The momentum encoder's update (MoCo, arXiv 1911.05722, equation 2).
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { blend } from "../engine/blend.ts";

/** Variables by name; the same names on both sides of an update. */
type Variables = ReadonlyMap<string, tf.Variable>;

/**
 * theta_k <- m theta_k + (1 - m) theta_q, in place.
 *
 * @param momentum m in [0, 1]; 0 copies, 1 changes nothing.
 * @throws {RangeError} if the two sides differ in names, or m is out of range.
 */
export function updateMomentum(target: Variables, source: Variables, momentum: number): void {
  if (!(momentum >= 0 && momentum <= 1)) throw new RangeError(`the momentum must be in [0, 1], got ${momentum}`);
  if (target.size !== source.size) {
    throw new RangeError(`both encoders must have the same variables, got ${target.size} and ${source.size}`);
  }
  tf.tidy(() => {
    for (const [name, slow] of target) {
      const fast = source.get(name);
      if (!fast) throw new RangeError(`the momentum encoder's variable ${name} is missing from the online encoder`);
      slow.assign(blend(slow, fast, momentum));
    }
  });
}
