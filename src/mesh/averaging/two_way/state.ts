/**
 * The state of a peer over two-way links: its vector, what its rule has been given, and the references of its links.
 *
 * A linear rule (the mean) is applied at once, exchange by exchange: both sides of an exchange then move by opposite
 * amounts of m·x, so Σ m·x is kept whoever else comes or goes. Another rule sees the vectors of a whole step together,
 * its own site's side only. Either way the rule's answer is added as a difference.
 *
 * @module
 */
import { mean } from "../aggregation/mean.ts";
import {
  aggregate,
  type AggregationRule,
  type OpenRule,
  type Received,
  type Refusal,
  type RunPosition,
} from "../aggregation/rule.ts";
import type { Compressor, MatrixPart } from "../compression/compressor.ts";
import { CompressedLinks, DEFAULT_LINKS } from "../compression/links.ts";
import { none } from "../compression/none.ts";
import { Moves } from "../judging/moves.ts";
import { checkMass, checkVector, type MassedVector, type Snapshot, type State, type StateOptions } from "../state.ts";

/** Options of {@linkcode TwoWayState}. */
export interface TwoWayStateOptions extends StateOptions {
  /** The parts of the vector that are matrices, for compressors that make use of them. @default [] */
  matrices?: readonly MatrixPart[];
  /** @default none */
  compressor?: Compressor;
  /** @default mean */
  rule?: AggregationRule;
  /**
   * Partners whose references are kept, and vectors that wait for the end of a step; each costs as much memory as the
   * vector, and is only needed where compressor or rule need it. @default 8
   */
  neighbours?: number;
}

/** a − b, written to `a`. */
function minus(a: Float32Array, b: Float32Array): Float32Array {
  for (let i = 0; i < a.length; i++) a[i] -= b[i];
  return a;
}

/** The state of one peer over two-way links. */
export class TwoWayState implements State {
  readonly layout: string;
  readonly mass: number;
  /** What this peer and each partner know of one another. */
  readonly links: CompressedLinks;
  readonly #vector: Float32Array<ArrayBuffer>;
  readonly #rule: AggregationRule;
  readonly #opened: OpenRule;
  readonly #neighbours: number;
  /** Of each partner in this step, what its vector is more than one's own; the one that was met last is the last. */
  readonly #collected = new Map<string, Received>();
  #round: number;
  readonly #moves = new Moves();

  /**
   * @throws {RangeError} if the mass is not positive or the vector is empty or not finite.
   * @throws {UserError} if the compressor can do nothing with such a vector.
   */
  constructor(vector: Float32Array, options: TwoWayStateOptions) {
    const { layout, mass, round, matrices = [], compressor = none, rule = mean, neighbours = DEFAULT_LINKS } = options;
    checkMass(mass);
    checkVector(vector, vector.length);
    const vectorLayout = { values: vector.length, matrices };
    compressor.open(vectorLayout);
    this.layout = layout;
    this.mass = mass;
    this.#round = round;
    this.#vector = new Float32Array(vector);
    this.links = new CompressedLinks({ compressor, layout: vectorLayout, most: neighbours });
    this.#rule = rule;
    this.#opened = rule.open();
    this.#neighbours = neighbours;
  }

  get length(): number {
    return this.#vector.length;
  }

  get round(): number {
    return this.#round;
  }

  snapshot(): Snapshot {
    return { vector: this.#vector.slice(), mass: this.mass, round: this.#round };
  }

  shown(): Snapshot {
    return this.snapshot();
  }

  /** The longest of the latest contributions; 0 where there was none. */
  get moved(): number {
    return this.#moves.longest;
  }

  contribute(update: Float32Array, round: number): void {
    this.#add(update);
    this.#moves.add(update);
    this.#round = Math.max(this.#round, round);
  }

  /**
   * After both sides of an exchange have both vectors: `sent` is one's own as the remote decoded it.
   *
   * @throws {RangeError} if what the remote sent cannot be applied; the state stays as it was.
   */
  meet(sent: MassedVector, received: Received): void {
    const { peer, vector: got } = received;
    if (this.#rule.linear) {
      // linear: what it makes of both as they were sent differs from `sent` by what it would change in the state
      const { vector, refused } = aggregate(this.#opened, sent, [received], { round: 0, rounds: 1 });
      if (refused.length > 0) throw new RangeError(refused[0].reason);
      return this.#add(minus(vector, sent.vector)); // a new vector, since one was accepted
    }
    this.#collected.delete(peer);
    this.#collected.set(peer, { ...received, vector: minus(got.slice(), sent.vector) });
    if (this.#collected.size > this.#neighbours) this.#collected.delete(this.#collected.keys().next().value!);
  }

  /**
   * At the end of a step that began at `base`: applies the rule to what was collected, and forgets it; `vectors` is how
   * many that were.
   */
  endStep(base: Snapshot, position: RunPosition): { refused: readonly Refusal[]; vectors: number } {
    const received = [...this.#collected.values()].map(({ vector, ...rest }) => {
      // collected once, so the difference may become the vector that the rule sees: base + difference
      for (let i = 0; i < vector.length; i++) vector[i] += base.vector[i];
      return { ...rest, vector };
    });
    this.#collected.clear();
    if (received.length === 0) return { refused: [], vectors: 0 };
    const { vector, refused } = aggregate(this.#opened, base, received, position);
    if (vector !== base.vector) this.#add(minus(vector, base.vector));
    return { refused, vectors: received.length };
  }

  /** x += difference. @throws {RangeError} if it has another length or is not finite; the state stays as it was. */
  #add(difference: Float32Array): void {
    checkVector(difference, this.#vector.length);
    for (let i = 0; i < difference.length; i++) this.#vector[i] += difference[i];
  }
}
