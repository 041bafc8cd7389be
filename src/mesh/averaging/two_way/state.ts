/**
 * The state of a peer over two-way links: its vector, what its rule has been given, and the references of its links.
 *
 * A linear rule (the mean) is applied at once, exchange by exchange: both sides of an exchange then move by opposite
 * amounts of m·x, so Σ m·x is kept whoever else comes or goes. Another rule sees the vectors of a whole step together,
 * its own site's side only. Either way the rule's answer is added as a difference.
 *
 * Large vectors are changed in slices, so that the network has its turn meanwhile (`_kept_vector.ts`).
 *
 * @module
 */
import { inSlices, inTurns } from "../../../core/slices.ts";
import { adding, KeptVector, type Pass } from "../_kept_vector.ts";
import { mean } from "../aggregation/mean.ts";
import {
  aggregating,
  type AggregationRule,
  type OpenRule,
  type Received,
  type Refusal,
  type RunPosition,
} from "../aggregation/rule.ts";
import { type Compressor, type MatrixPart, MAX_MAGNITUDE } from "../compression/compressor.ts";
import { CompressedLinks, DEFAULT_LINKS } from "../compression/links.ts";
import { none } from "../compression/none.ts";
import { Moves } from "../judging/moves.ts";
import { checkMass, checkVector, type MassedVector, type Snapshot, type State, type StateOptions } from "../state.ts";
import { Mixing } from "./_mixing.ts";

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

/** What {@linkcode TwoWayState.meet} is given of the remote. */
export interface Met extends Received {
  /** Its vector is of no further use to others: it may become the state's. */
  readonly spent?: boolean;
  /** What has been mixed with it already. */
  readonly mixing?: Mixing;
}

/** x ← x + share·(r − s), in double precision and rounded once. */
function mixed(sent: Float32Array, received: Float32Array, share: number): Pass {
  return (now, next, from, to) => {
    let sound = true;
    for (let i = from; i < to; i++) {
      const value = Math.fround(now[i] + share * (received[i] - sent[i]));
      next[i] = value;
      if (!(Math.abs(value) <= MAX_MAGNITUDE)) sound = false;
    }
    return sound;
  };
}

/** a − b, written to `result`, which may be one of them. */
async function subtract(a: Float32Array, b: Float32Array, result: Float32Array): Promise<Float32Array> {
  await inSlices(a.length, (from, to) => {
    for (let i = from; i < to; i++) result[i] = a[i] - b[i];
  });
  return result;
}

/** The state of one peer over two-way links. */
export class TwoWayState implements State {
  readonly layout: string;
  readonly mass: number;
  /** What this peer and each partner know of one another. */
  readonly links: CompressedLinks;
  readonly #vector: KeptVector;
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
    this.#vector = new KeptVector(vector);
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

  /** Whether an exchange changes the vector, in place of the end of a step. */
  get mixesAtOnce(): boolean {
    return this.#rule.linear;
  }

  snapshot(): Snapshot {
    return { vector: this.#vector.borrow(), mass: this.mass, round: this.#round };
  }

  shown(): Snapshot {
    return this.snapshot();
  }

  /** Nobody looks at `snapshot` any more; see {@linkcode KeptVector.giveBack}. */
  giveBack({ vector }: Snapshot): void {
    this.#vector.giveBack(vector);
  }

  /** Memory for a vector; see {@linkcode KeptVector.memory}. */
  memory(): Float32Array<ArrayBuffer> {
    return this.#vector.memory();
  }

  /** The longest of the latest contributions; 0 where there was none. */
  get moved(): number {
    return this.#moves.longest;
  }

  contribute(update: Float32Array, round: number): void | Promise<void> {
    if (update.length !== this.length) checkVector(update, this.length);
    const add = adding(update);
    let square = 0;
    const pass: Pass = (now, next, from, to) => {
      for (let i = from; i < to; i++) square += update[i] * update[i];
      return add(now, next, from, to);
    };
    const added = () => {
      this.#moves.addSquare(square);
      this.#round = Math.max(this.#round, round);
    };
    const changed = this.#vector.change(pass);
    return changed ? changed.then(added) : added();
  }

  /**
   * Begins to mix `sent`, one's own as the remote decodes it, with what comes of the remote; {@linkcode meet} makes use
   * of it. Undefined where the rule waits for the end of the step.
   *
   * @throws {RangeError} if the remote's mass is not acceptable.
   */
  mixing(sent: MassedVector, received: Pick<Received, "mass" | "weight">): Mixing | undefined {
    if (!this.#rule.share) return undefined;
    checkMass(received.mass);
    const now = this.#vector.borrow();
    return new Mixing({
      ...{ own: sent.vector, now, next: this.#vector.memory(), share: this.#rule.share(sent.mass, received) },
      end: ({ next }) => {
        this.#vector.giveBack(now);
        if (next !== this.#vector.now) this.#vector.recycle(next);
      },
    });
  }

  /**
   * After both sides of an exchange have both vectors: `sent` is one's own as the remote decoded it.
   *
   * @throws {RangeError} if what the remote sent cannot be applied; the state stays as it was.
   */
  meet(sent: MassedVector, { spent = false, mixing, ...received }: Met): void | Promise<void> {
    const { peer, vector: got, mass } = received;
    if (this.#rule.share) {
      checkMass(mass);
      if (got.length !== this.length) checkVector(got, this.length);
      const next = spent ? got as Float32Array<ArrayBuffer> : undefined;
      if (mixing?.isDone && this.#vector.replace(mixing.now, mixing.next, mixing.isSound)) {
        if (next) this.#vector.recycle(next);
        return;
      }
      return this.#vector.change(mixed(sent.vector, got, this.#rule.share(sent.mass, received)), next);
    }
    return subtract(got, sent.vector, spent ? got : new Float32Array(got.length)).then((vector) => {
      this.#collected.delete(peer);
      this.#collected.set(peer, { ...received, vector });
      if (this.#collected.size > this.#neighbours) this.#collected.delete(this.#collected.keys().next().value!);
    });
  }

  /**
   * At the end of a step that began at `base`: applies the rule to what was collected, and forgets it; `vectors` is how
   * many that were.
   */
  async endStep(
    base: Snapshot,
    position: RunPosition,
  ): Promise<{ refused: readonly Refusal[]; vectors: number }> {
    const received: Received[] = [];
    const collected = [...this.#collected.values()];
    this.#collected.clear();
    for (const { vector, ...rest } of collected) {
      // collected once, so the difference may become the vector that the rule sees: base + difference
      await inSlices(vector.length, (from, to) => {
        for (let i = from; i < to; i++) vector[i] += base.vector[i];
      });
      received.push({ ...rest, vector });
    }
    if (received.length === 0) return { refused: [], vectors: 0 };
    const { vector, refused } = await inTurns(aggregating(this.#opened, base, received, position));
    if (vector !== base.vector) {
      await this.#vector.change(adding(await subtract(vector, base.vector, vector)));
    }
    return { refused, vectors: received.length };
  }
}
