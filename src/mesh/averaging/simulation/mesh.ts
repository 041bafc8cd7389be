/**
 * What a simulated mesh is: all peers' vectors, and how one round changes them.
 *
 * @module
 */
import type { Refusal } from "../aggregation/rule.ts";
import type { Realised } from "./faults.ts";

/** What a round cost and whom it found out. */
export interface RoundOutcome {
  /** All bytes that were sent and reached their receiver. */
  bytes: number;
  refused: readonly Refusal[];
}

/** All peers of one process. */
export interface SimulatedMesh {
  /** Applies what came about of `round`, from 0. */
  mix(realised: Realised, round: number): RoundOutcome;
  /** The peer's present vector; not to be written to. */
  vector(peer: number): Float32Array;
}

/** How peers are called in refusals. */
export const peerName = (peer: number) => `peer-${peer}`;
