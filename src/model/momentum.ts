/**
 * Variables that follow others slowly: an average of their values over steps (MoCo, arXiv 1911.05722, equation 2; BYOL,
 * arXiv 2006.07733, equation 1; Mean Teacher, arXiv 1703.01780, section 2).
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { blend } from "../engine/ops/blend.ts";
import type { NamedVariables } from "./layers.ts";

/**
 * theta_k <- m theta_k + (1 - m) theta_q, in place.
 *
 * @param momentum m in [0, 1]; 0 copies, 1 changes nothing.
 * @throws {RangeError} if the two sides differ in names, or m is out of range.
 */
export function updateMomentum(target: NamedVariables, source: NamedVariables, momentum: number): void {
  if (!(momentum >= 0 && momentum <= 1)) throw new RangeError(`the momentum must be in [0, 1], got ${momentum}`);
  if (target.size !== source.size) {
    throw new RangeError(
      `what follows must have the same variables as what it follows, got ${target.size} and ${source.size}`,
    );
  }
  tf.tidy(() => {
    for (const [name, slow] of target) {
      const fast = source.get(name);
      if (!fast) throw new RangeError(`the variable ${name} is missing from what is followed`);
      slow.assign(blend(slow, fast, momentum));
    }
  });
}
