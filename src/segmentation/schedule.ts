/**
 * How the learning rate rises and falls over training.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { rateCourse } from "./schedule.ts";
 *
 * const course = rateCourse({ steps: 100, decoderFirst: 0.25, rateWarmUp: 0.1 });
 * assertEquals(course.wholeFrom, 25); // until then the decoder is trained alone
 * assertEquals(course.at(0), 1 / 26);
 * assertEquals(course.at(35), 1); // both warm-ups are over, and the rate begins to fall
 * ```
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

/** The longest that a warm-up may be: both together end with the training at the latest. */
const LONGEST_WARM_UP = 0.5;

/** What a rate's course is made of. */
export interface RateCourseOptions {
  /** Of the whole training. */
  steps: number;
  /** How the rate falls once it has risen. @default "polynomial" */
  schedule?: ScheduleName;
  /** Share of the training over which the rate of the whole network rises linearly, from 0 to 0.5. @default 0 */
  rateWarmUp?: number;
  /**
   * Share of the training that goes before, from 0 to 0.5, in which the decoder is trained alone while its rate rises
   * linearly; the rate then begins anew for the whole network ("sawtooth", nnssl). @default 0
   */
  decoderFirst?: number;
}

/** The rate's course over one training. */
export interface RateCourse {
  /** The first step that moves the whole network, from 0. */
  readonly wholeFrom: number;
  /** The factor on the learning rate, above 0 up to 1, of step `step`, counted from 0. */
  at(step: number): number;
}

/** The course of a training's rate. @throws {RangeError} if a warm-up is no share from 0 to 0.5. */
export function rateCourse(options: RateCourseOptions): RateCourse {
  const { steps, schedule = "polynomial", rateWarmUp = 0, decoderFirst = 0 } = options;
  for (const [name, share] of Object.entries({ rateWarmUp, decoderFirst })) {
    if (!(share >= 0 && share <= LONGEST_WARM_UP)) {
      throw new RangeError(`the learning rate's ${name} must be a share from 0 to ${LONGEST_WARM_UP}, got ${share}`);
    }
  }
  const wholeFrom = Math.floor(decoderFirst * steps), highest = wholeFrom + Math.floor(rateWarmUp * steps);
  return Object.freeze({
    wholeFrom,
    at(step: number): number {
      if (step < wholeFrom) return (step + 1) / (wholeFrom + 1);
      if (step < highest) return (step - wholeFrom + 1) / (highest - wholeFrom + 1);
      return schedules[schedule]((step - highest) / (steps - highest));
    },
  });
}
