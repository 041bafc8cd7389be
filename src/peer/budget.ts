/**
 * How long a site trains at most: what is left when its time is over is cut, and what is trained is kept and tested.
 *
 * Each training is given its part when it begins: pre-training its share, networks that are fine-tuned one after
 * another the rest in equal parts. So one that is slower than planned does not take the others' time.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Budget } from "./budget.ts";
 *
 * let now = 10; // s
 * const budget = new Budget({ seconds: 110, pretrainShare: 0.3, elapsed: () => now });
 * assertEquals(budget.hasTimeForRound({ rounds: 2, seconds: 10 }), true); // a third one would end after 15 of 30 s
 * now = 50;
 * assertEquals(budget.partOf(2), 30); // s, of each of two networks
 * ```
 *
 * @module
 */

/** What a budget is made of. */
export interface BudgetOptions {
  /** From the peer's first start, while it runs, until training ends; at once where it is 0 or less. */
  seconds: number;
  /** Of that, start-up and waiting apart, what pre-training may take; 1: nothing follows. From 0 to 1. */
  pretrainShare: number;
  /** Seconds so far, of all starts. */
  elapsed: () => number;
}

/** Rounds of pre-training that are done, and what they took. */
export interface DoneRounds {
  rounds: number;
  seconds: number;
}

/** By how much pre-training may overrun its share where fine-tuning follows: plans are not exact. */
const TOLERANCE = 1.1;

/** A site's. */
export class Budget {
  readonly #options: BudgetOptions;
  /** Spent on tests between two trainings, which do not count. */
  #apart = 0;

  constructor(options: BudgetOptions) {
    this.#options = options;
  }

  /** Seconds that are left for training. */
  get left(): number {
    const { seconds, elapsed } = this.#options;
    return Math.max(0, seconds + this.#apart - elapsed());
  }

  /** Whether another round of pre-training is to be begun, as long as those before it; the first always is. */
  hasTimeForRound({ rounds, seconds: spent }: DoneRounds): boolean {
    if (rounds === 0) return true;
    const { pretrainShare: share } = this.#options;
    const allowed = Math.min(this.left + spent, (share < 1 ? TOLERANCE : 1) * share * (this.left + spent));
    return spent + spent / rounds <= allowed;
  }

  /** Seconds of the next of `count` networks that are still to be fine-tuned. */
  partOf(count: number): number {
    return this.left / count;
  }

  /** Leaves `seconds` out of account. */
  setApart(seconds: number): void {
    this.#apart += seconds;
  }
}
