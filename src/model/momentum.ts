/**
 * Variables that follow others slowly: an average of their values over steps (MoCo, arXiv 1911.05722, equation 2; BYOL,
 * arXiv 2006.07733, equation 1; Mean Teacher, arXiv 1703.01780, section 2).
 *
 * @module
 */
import { type Blended, blendWhereMoved, type Decision } from "../engine/steps/verdict.ts";
import type { NamedVariables } from "./layers.ts";

/** Options of {@linkcode updateMomentum}. */
export interface UpdateMomentumOptions {
  /** About the step that is followed: the variables stay where it moves nothing. @default it moves */
  verdict?: Decision;
}

/**
 * theta_k <- m theta_k + (1 - m) theta_q, in place.
 *
 * @param momentum m in [0, 1]; 0 copies, 1 changes nothing. It may depend on how many of the steps that only a card
 * knows of were skipped.
 * @throws {RangeError} if the two sides differ in names, or m is out of range.
 */
export function updateMomentum(
  target: NamedVariables,
  source: NamedVariables,
  momentum: number | ((skipped: number) => number),
  { verdict }: UpdateMomentumOptions = {},
): void {
  const share = typeof momentum === "number" ? () => momentum : momentum;
  if (!(share(0) >= 0 && share(0) <= 1)) throw new RangeError(`the momentum must be in [0, 1], got ${share(0)}`);
  if (target.size !== source.size) {
    throw new RangeError(
      `what follows must have the same variables as what it follows, got ${target.size} and ${source.size}`,
    );
  }
  const pairs = [...target].map(([name, slow]): Blended => {
    const fast = source.get(name);
    if (!fast) throw new RangeError(`the variable ${name} is missing from what is followed`);
    return [slow, fast];
  });
  blendWhereMoved(pairs, share, verdict);
}
