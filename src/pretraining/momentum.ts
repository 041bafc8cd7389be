/**
 * The momentum network, an average of the online network's weights over steps (MoCo, arXiv 1911.05722, equation 2;
 * BYOL, arXiv 2006.07733, equation 1).
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { blend } from "../engine/ops/blend.ts";
import type { NamedVariables } from "../model/layers.ts";

/** m at step `step`, counted from 0. It grows from 1/2, so that the random weights of the start are soon forgotten. */
export function momentumAt(step: number, momentum: number): number {
  return Math.min(momentum, 1 - 1 / (step + 2));
}

/** What sites average of both: the momentum network's variables under "momentum/" and their own names. */
export function withMomentum(variables: NamedVariables, slow: NamedVariables): NamedVariables {
  return new Map([...variables, ...[...slow].map(([name, variable]) => [`momentum/${name}`, variable] as const)]);
}

/**
 * theta_k <- m theta_k + (1 - m) theta_q, in place.
 *
 * @param momentum m in [0, 1]; 0 copies, 1 changes nothing.
 * @throws {RangeError} if the two sides differ in names, or m is out of range.
 */
export function updateMomentum(target: NamedVariables, source: NamedVariables, momentum: number): void {
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
