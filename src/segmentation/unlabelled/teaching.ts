/**
 * How a network learns from unlabelled volumes.
 *
 * @module
 */

/** Settings of learning from unlabelled volumes. */
export interface Teaching {
  /** A name of `unlabelledVariants`: what the student sees. */
  readonly variant: string;
  /** What the loss of unlabelled patches counts beside that of labelled ones. */
  readonly weight: number;
  /** Share of the training over which the weight rises to its full size, from 0 to 1. */
  readonly ramp: number;
  /** The teacher's probability of a voxel's class, from 0 to 1, below which the voxel does not count. */
  readonly threshold: number;
  /** Unlabelled patches a step. */
  readonly batch: number;
  /** Whether what lies apart from the largest connected part of its class in a patch does not count. */
  readonly largest: boolean;
}

/**
 * What the loss of unlabelled patches counts where the share `t` of the training is done: weight * exp(-5 (1 - t /
 * ramp)^2), and all of the weight from `ramp` on (Laine and Aila 2017, arXiv 1610.02242).
 */
export function weightAt(t: number, { weight, ramp }: Pick<Teaching, "weight" | "ramp">): number {
  return t >= ramp ? weight : weight * Math.exp(-5 * (1 - t / ramp) ** 2);
}
