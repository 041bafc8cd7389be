/**
 * What an aggregation rule is: a peer's own vector and those that it received make its next one.
 *
 * @module
 */
import { messageOf } from "../../../core/errors.ts";
import { atOnce, type Sliced, slices } from "../../../core/slices.ts";
import { checkMass, checkVector, type MassedVector } from "../state.ts";

/** What one partner sent. */
export interface Received extends MassedVector {
  /** Its peer id. */
  readonly peer: string;
  /** The topology's mixing weight. */
  readonly weight: number;
}

/** Who was not believed, and why, as half a sentence. */
export interface Refusal {
  /** Its peer id. */
  readonly peer: string;
  /** As in "its mass must be above 0". */
  readonly reason: string;
}

/** What a rule makes of a step. */
export interface Combined {
  /** A new vector, or the own one where nobody was believed. */
  readonly vector: Float32Array;
  /** Those who were not believed. */
  readonly refused: readonly Refusal[];
}

/** Where the run stands. */
export interface RunPosition {
  /** From 0. */
  round: number;
  /** How many there will be. */
  rounds: number;
}

/** A rule as one peer applies it; it may remember what it has seen. `received` is screened already, and not empty. */
export interface OpenRule {
  /** The peer's next vector, at once or in slices, so that a large one does not keep the network waiting. */
  combine(own: MassedVector, received: readonly Received[], position: RunPosition): Combined | Sliced<Combined>;
}

/** An aggregation rule. */
export interface AggregationRule {
  /** What configurations call it. */
  readonly name: string;
  /** Whether the new vector is the combination that topology and masses say, which keeps Σ m·x. */
  readonly linear: boolean;
  /**
   * Of a linear rule: the part of the way to one received vector that the own one goes, x ← x + share·(x_j − x).
   *
   * @default it is not linear
   */
  readonly share?: (ownMass: number, received: Pick<Received, "mass" | "weight">) => number;
  /** Fewer vectors of others than this are not enough to tell who lies. */
  readonly neighbours: number;
  /** One peer's, for a whole run. */
  open(): OpenRule;
}

/** Sorts out what no rule may see: mis-shaped, not finite, an impossible mass, or a second vector from one peer. */
function* screen(length: number, received: readonly Received[]): Sliced<{ accepted: Received[]; refused: Refusal[] }> {
  const accepted: Received[] = [];
  const refused: Refusal[] = [];
  const seen = new Set<string>();
  for (const one of received) {
    try {
      if (seen.has(one.peer)) throw new RangeError("a peer must send one vector a round");
      seen.add(one.peer);
      checkMass(one.mass);
      checkVector(one.vector, length);
      accepted.push(one);
    } catch (error) {
      refused.push({ peer: one.peer, reason: messageOf(error) });
    }
    yield;
  }
  return { accepted, refused };
}

/** Screens what was received and lets the peer's rule combine the rest, in slices. */
export function* aggregating(
  rule: OpenRule,
  own: MassedVector,
  received: readonly Received[],
  position: RunPosition,
): Sliced<Combined> {
  const { accepted, refused } = yield* screen(own.vector.length, received);
  if (accepted.length === 0) return { vector: own.vector, refused };
  const made = rule.combine(own, accepted, position);
  const combined = Symbol.iterator in made ? yield* made : made;
  return { vector: combined.vector, refused: [...refused, ...combined.refused] };
}

/** The same, at once. */
export function aggregate(...given: Parameters<typeof aggregating>): Combined {
  return atOnce(aggregating(...given));
}

/** ‖a − b‖, or ‖a‖, in slices. */
export function* measuring(a: Float32Array, b?: Float32Array): Sliced<number> {
  let square = 0;
  // a local variable of a function that is no generator: what is summed up elsewhere takes three times as long
  const added = (from: number, to: number) => {
    let sum = square;
    if (b) { for (let i = from; i < to; i++) sum += (a[i] - b[i]) ** 2; }
    else for (let i = from; i < to; i++) sum += a[i] ** 2;
    return sum;
  };
  for (const [from, to] of slices(a.length)) {
    square = added(from, to);
    yield;
  }
  return Math.sqrt(square);
}

/** ‖a − b‖. */
export function distance(a: Float32Array, b: Float32Array): number {
  return atOnce(measuring(a, b));
}

/** Of each received vector how far it is from `own`, in slices. */
export function* distancesFrom(own: Float32Array, received: readonly Received[]): Sliced<number[]> {
  const distances: number[] = [];
  for (const { vector } of received) distances.push(yield* measuring(own, vector));
  return distances;
}

/** A copy, in slices: fresh memory costs more time where it is first touched than the copy does. */
export function* copying(vector: Float32Array): Sliced<Float32Array> {
  const copy = new Float32Array(vector.length);
  for (const [from, to] of slices(vector.length)) {
    copy.set(vector.subarray(from, to), from);
    yield;
  }
  return copy;
}

/** x ← x + share·(other − own), in slices. */
export function* approach(
  x: Float32Array,
  { own, other, share }: { own: Float32Array; other: Float32Array; share: number },
): Sliced<void> {
  const step = (from: number, to: number) => {
    for (let i = from; i < to; i++) x[i] += share * (other[i] - own[i]);
  };
  for (const [from, to] of slices(x.length)) {
    step(from, to);
    yield;
  }
}
