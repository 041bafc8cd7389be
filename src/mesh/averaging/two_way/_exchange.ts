/**
 * An exchange as one side sees it: what this side brings in, and what it does when both have both vectors.
 *
 * @module
 */
import { inTurns } from "../../../core/slices.ts";
import type { Taken } from "../_encoded_transfer.ts";
import type { CompressedLink, Encoded } from "../compression/link.ts";
import type { Likeness } from "../judging/likeness.ts";
import type { Snapshot } from "../state.ts";
import type { Mixing } from "./_mixing.ts";
import type { TwoWayState } from "./state.ts";

/** How two average whom no plan brings together. */
const UNPLANNED_WEIGHT = 1 / 2;

/** The step of the plan that a peer is in. */
export interface Step {
  readonly number: number;
  /** Where it began. */
  readonly own: Snapshot;
  /** The partners that it has not met yet, and the weights of the plan. */
  readonly left: Map<string, number>;
  readonly met: Set<string>;
  /**
   * Whether the state has been averaged otherwise than planned since the step began, or the step has ended: what it
   * began with, mixed again, would count twice beside what has come since.
   */
  isLeft: boolean;
}

/** What one side brings into an exchange. */
export interface Exchange {
  readonly peer: string;
  readonly state: TwoWayState;
  readonly link: CompressedLink;
  readonly own: Snapshot;
  /** With which the two are averaged, above 0 and at most 1/2. */
  readonly weight: number;
  /** The step that this side is in. */
  readonly step: Step | undefined;
}

/** What both sides hold before either commits. */
export interface Swapped extends Disposable {
  readonly sent: Encoded;
  readonly remote: Taken & { readonly mass: number; readonly round: number; readonly likeness: Likeness };
  /** What the two make, where the rule does not wait for the end of the step and nothing was lost on the way. */
  readonly mixing?: Mixing;
}

/** Begins with the vector of the step's beginning where both are in it, else with the one of now. */
export function beginExchange(
  state: TwoWayState,
  { peer, link, step, planned }: { peer: string; link: CompressedLink; step?: Step; planned: boolean },
): Exchange {
  const weight = planned ? step?.left.get(peer) : undefined;
  const own = planned && step ? step.own : state.snapshot();
  return { peer, state, link, own, weight: weight ?? UNPLANNED_WEIGHT, step };
}

/** Both sides have both vectors, and the remote's is looked at no more after this. */
export async function endExchange(
  { peer, state, link, step, own, weight }: Exchange,
  { sent, remote, mixing }: Swapped,
): Promise<void> {
  // what loses something becomes a reference
  const spent = sent.decoded === own.vector;
  const received = { peer, weight, vector: remote.decoded, mass: remote.mass, spent, mixing };
  await state.meet({ vector: sent.decoded, mass: own.mass }, received);
  await inTurns(link.committing(sent, remote));
  if (own !== step?.own) state.giveBack(own);
  step?.met.add(peer);
  if (step && state.mixesAtOnce && own !== step.own) step.isLeft = true;
}
