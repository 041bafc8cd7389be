/**
 * The momentum network, an average of the online network's weights over steps (MoCo, arXiv 1911.05722, equation 2;
 * BYOL, arXiv 2006.07733, equation 1).
 *
 * @module
 */
import type { NamedVariables } from "../model/layers.ts";

/** m at step `step`, counted from 0. It grows from 1/2, so that the random weights of the start are soon forgotten. */
export function momentumAt(step: number, momentum: number): number {
  return Math.min(momentum, 1 - 1 / (step + 2));
}

/** What sites average of both: the momentum network's variables under "momentum/" and their own names. */
export function withMomentum(variables: NamedVariables, slow: NamedVariables): NamedVariables {
  return new Map([...variables, ...[...slow].map(([name, variable]) => [`momentum/${name}`, variable] as const)]);
}
