/**
 * What a peer does with the vectors that it was sent: the aggregation rule's answer, added to the state as a
 * difference.
 *
 * A linear rule (the mean) is applied at once, exchange by exchange: both sides of an exchange then move by opposite
 * amounts of m·x, so Σ m·x is kept whoever else comes or goes. Another rule sees the vectors of a whole step together,
 * its own site's side only.
 *
 * @module
 */
import {
  aggregate,
  type AggregationContext,
  type AggregationRule,
  type Aggregator,
  type Refusal,
} from "../aggregation/rule.ts";
import type { AveragingState, Snapshot } from "../state.ts";

/** One exchange, as one side sees it. */
export interface Meeting {
  readonly peer: string;
  /** The weight with which the topology mixes the two, above 0 and at most 1/2. */
  readonly weight: number;
  /** One's own vector as the remote decoded it. */
  readonly sent: Float32Array;
  /** The remote's vector as it was decoded. */
  readonly got: Float32Array;
  /** Both sites' contributions, as claimed. */
  readonly ownMass: number;
  readonly mass: number;
}

/** What came of a step. */
export interface Combined {
  readonly refused: readonly Refusal[];
  /** How many vectors of others there were. */
  readonly vectors: number;
}

/** An exchange that waits for the step's end: what the remote's vector is more than one's own. */
interface Collected extends Omit<Meeting, "sent" | "got"> {
  readonly difference: Float32Array;
}

/** a − b, written to `a`. */
function minus(a: Float32Array, b: Float32Array): Float32Array {
  for (let i = 0; i < a.length; i++) a[i] -= b[i];
  return a;
}

/** One peer's rule at work on its state. */
export class Combining {
  readonly #rule: AggregationRule;
  readonly #aggregator: Aggregator;
  readonly #state: AveragingState;
  readonly #most: number;
  /** By peer, the one that was met last is the last. */
  readonly #collected = new Map<string, Collected>();

  /**
   * @param options.most vectors that wait for a step's end, each as large as the state; the oldest has to go for one
   * more.
   */
  constructor(state: AveragingState, { rule, most }: { rule: AggregationRule; most: number }) {
    this.#state = state;
    this.#rule = rule;
    this.#most = most;
    this.#aggregator = rule.open();
  }

  /**
   * After both sides have both vectors.
   *
   * @throws {RangeError} if what the remote sent cannot be applied; the state stays as it was.
   */
  meet({ sent, got, ...meeting }: Meeting): void {
    const { peer, weight, mass, ownMass } = meeting;
    if (this.#rule.linear) {
      const received = [{ peer, vector: got, mass, weight }];
      // linear: what it makes of both as they were sent differs from `sent` by what it would change in the state
      const { vector, refused } = aggregate(this.#aggregator, { vector: sent, mass: ownMass }, received, {
        round: 0,
        rounds: 1,
      });
      if (refused.length > 0) throw new RangeError(refused[0].reason);
      return this.#state.apply(minus(vector, sent)); // a new vector, since one was accepted
    }
    this.#collected.delete(peer);
    this.#collected.set(peer, { ...meeting, difference: minus(got.slice(), sent) });
    if (this.#collected.size > this.#most) this.#collected.delete(this.#collected.keys().next().value!);
  }

  /** At the end of a step that began at `base`: combines what was collected, and forgets it. */
  finish(base: Snapshot, context: AggregationContext): Combined {
    const received = [...this.#collected.values()].map(({ difference, ...rest }) => {
      const vector = difference; // collected once, so it may become the vector that the rule sees: base + difference
      for (let i = 0; i < vector.length; i++) vector[i] += base.vector[i];
      return { ...rest, vector };
    });
    this.#collected.clear();
    if (received.length === 0) return { refused: [], vectors: 0 };
    const { vector, refused } = aggregate(this.#aggregator, base, received, context);
    if (vector !== base.vector) this.#state.apply(minus(vector, base.vector));
    return { refused, vectors: received.length };
  }
}
