/**
 * What an aggregation rule is: a peer's own vector and those that it received make its next one.
 *
 * @module
 */
import { messageOf } from "../../../core/errors.ts";
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
  /** The peer's next vector. */
  combine(own: MassedVector, received: readonly Received[], position: RunPosition): Combined;
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
export function screen(length: number, received: readonly Received[]): { accepted: Received[]; refused: Refusal[] } {
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
  }
  return { accepted, refused };
}

/** Screens what was received and lets the peer's rule combine the rest. */
export function aggregate(
  rule: OpenRule,
  own: MassedVector,
  received: readonly Received[],
  position: RunPosition,
): Combined {
  const { accepted, refused } = screen(own.vector.length, received);
  if (accepted.length === 0) return { vector: own.vector, refused };
  const combined = rule.combine(own, accepted, position);
  return { vector: combined.vector, refused: [...refused, ...combined.refused] };
}

/** ‖a − b‖. */
export function distance(a: Float32Array, b: Float32Array): number {
  let square = 0;
  for (let i = 0; i < a.length; i++) square += (a[i] - b[i]) ** 2;
  return Math.sqrt(square);
}
