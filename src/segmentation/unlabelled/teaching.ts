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
  /** First steps over which the weight rises to its full size. */
  readonly rampSteps: number;
  /** The teacher's probability of a voxel's class, from 0 to 1, below which the voxel does not count. */
  readonly threshold: number;
  /** Unlabelled patches a step. */
  readonly batch: number;
  /** Whether what lies apart from the largest connected part of its class in a patch does not count. */
  readonly largest: boolean;
}

/**
 * What the loss of unlabelled patches counts at `step`, from 0: weight * exp(-5 (1 - step / rampSteps)^2), and all of
 * the weight from `rampSteps` on (Laine and Aila 2017, arXiv 1610.02242).
 */
export function weightAt(step: number, { weight, rampSteps }: Pick<Teaching, "weight" | "rampSteps">): number {
  return step >= rampSteps ? weight : weight * Math.exp(-5 * (1 - step / rampSteps) ** 2);
}
