/**
 * What one side of an exchange holds: the step of the plan that it is in, and what it brings in.
 *
 * @module
 */
import type { Combining } from "./state.ts";
import type { CompressedLink, Encoded } from "../compression/link.ts";
import type { CompressedLinks } from "../compression/links.ts";
import type { AveragingState, Snapshot } from "../state.ts";

/** How two mix whom no plan brings together. */
const UNPLANNED_WEIGHT = 1 / 2;

/** What holds for the step of the plan that this peer is in. */
export interface Step {
  readonly number: number;
  /** Where it began. */
  readonly own: Snapshot;
  /** The partners that it has not met yet, and the weights of the plan. */
  readonly left: Map<string, number>;
  readonly met: Set<string>;
}

/** Everything that a state brings with it. */
export interface Held {
  readonly state: AveragingState;
  readonly links: CompressedLinks;
  readonly combining: Combining;
}

/** What one side brings into an exchange. */
export interface Part extends Held {
  readonly peer: string;
  readonly link: CompressedLink;
  readonly own: Snapshot;
  readonly weight: number;
  /** The step that this side is in. */
  readonly step: Step | undefined;
}

/** What this side brings in: as of the step's beginning where both are in it, else what it has now. */
export function partOf(
  held: Held,
  { peer, link, step, planned }: { peer: string; link: CompressedLink; step?: Step; planned: boolean },
): Part {
  const weight = planned ? step?.left.get(peer) : undefined;
  const own = planned && step ? step.own : held.state.snapshot();
  return { ...held, peer, link, step, own, weight: weight ?? UNPLANNED_WEIGHT };
}

/** Both sides have both vectors. */
export function apply(
  { peer, link, step, own, weight, combining }: Part,
  sent: Encoded,
  remote: Encoded & { mass: number },
): void {
  combining.meet({ peer, weight, sent: sent.decoded, got: remote.decoded, ownMass: own.mass, mass: remote.mass });
  link.commit(sent, remote);
  step?.met.add(peer);
}
