/**
 * How the learning rate falls over training.
 *
 * @module
 */

/** The factor on the learning rate by the share of the training that is done, from 0 to below 1. */
export const schedules = {
  constant: (): number => 1,
  /** (1 - t)^0.9, as nnU-Net. */
  polynomial: (t: number): number => (1 - t) ** 0.9,
  /** (1 + cos(pi t)) / 2 (Loshchilov and Hutter 2017). */
  cosine: (t: number): number => (1 + Math.cos(Math.PI * t)) / 2,
} as const satisfies Record<string, (t: number) => number>;

/** A name of {@linkcode schedules}. */
export type ScheduleName = keyof typeof schedules;
