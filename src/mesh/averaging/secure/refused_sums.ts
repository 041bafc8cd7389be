/**
 * Whose weights are far from all others', by how far each member says to be from a sum that some have refused: where the
 * one with the weight w is δ away from the others, who are near each other, the mean of all is (1 − w)·δ away from that
 * one and w·δ from each of the others. So all can tell whose part it was, and that one alone can tell what the others'
 * mean is.
 *
 * One that lies can keep the others from telling, but cannot make an honest one of them be taken for it: all honest ones
 * are as far from a mean that the liar has spoilt, which one of them that is astray would not be, unless it has about
 * half of the weight; of that one nothing is believed.
 *
 * @module
 */
import { likenessOf } from "../judging/likeness.ts";
import type { Snapshot } from "../state.ts";
import { MOST_REFUSED, type Roster, type RosterMember, weightIn } from "./roster.ts";

/** Distances within this part of what they must be fit: members near each other are off by a tenth of it at most. */
const FIT = 0.15;

/** Figures of a distance that are told: more would only say more of one site's weights. */
const FIGURES = 3;

/** A sum that this peer was in. */
export interface Sum {
  readonly step: number;
  readonly roster: Roster;
  /** What this peer brought. */
  readonly own: Snapshot;
  readonly mean: Float32Array<ArrayBuffer>;
}

/** What is kept of one. */
interface Kept extends Pick<Sum, "step" | "roster"> {
  readonly distance: number;
  /** Whether one of its members has refused it. */
  isRefused: boolean;
}

/**
 * The member of `roster`'s sum of `step` whose weights are far from all others'; undefined where that cannot be told.
 *
 * @param said what all that are in a later sum say of earlier ones.
 */
export function whoIsAstray(
  { step, roster }: Pick<Sum, "step" | "roster">,
  said: readonly Pick<RosterMember, "peer" | "refused">[],
): string | undefined {
  const distances = new Map<string, number>();
  for (const { peer } of roster.members) {
    const refused = said.find((member) => member.peer === peer)?.refused?.find((one) => one.step === step);
    if (!refused) return undefined;
    distances.set(peer, refused.distance);
  }
  const fitting = roster.members.filter(({ peer }) => {
    const weight = weightIn(roster, peer), ratio = weight / (1 - weight);
    if (Math.abs(ratio - 1) <= FIT) return false;
    const others = ratio * distances.get(peer)!;
    return [...distances].every(([other, distance]) => other === peer || Math.abs(distance - others) <= FIT * others);
  });
  return fitting.length === 1 ? fitting[0].peer : undefined;
}

/** The mean of all others in a sum, which only this peer can tell. */
export function othersMean(
  { own, mean, roster }: Pick<Sum, "own" | "mean" | "roster">,
  self: string,
): Float32Array<ArrayBuffer> {
  const weight = weightIn(roster, self);
  return mean.map((value, i) => (value - weight * own.vector[i]) / (1 - weight));
}

/** What one peer knows of the latest sums since all have taken one. */
export class RefusedSums {
  readonly #self: string;
  /** The newest first. */
  #sums: Kept[] = [];
  #others: Snapshot | undefined;

  constructor(self: string) {
    this.#self = self;
  }

  /** What this peer says of those that somebody has refused; undefined: there is none. */
  get said(): RosterMember["refused"] {
    const refused = this.#sums.filter(({ isRefused }) => isRefused);
    return refused.length === 0 ? undefined : refused.map(({ step, distance }) => ({ step, distance }));
  }

  /** This peer goes on from other weights. */
  forget(): void {
    this.#sums = [];
    this.#others = undefined;
  }

  /** A sum of which this peer has learnt the mean, and taken it or not. @returns whose weights are far from all others', if that is known */
  add(sum: Sum, { isTaken }: { isTaken: boolean }): string | undefined {
    const { step, roster, own, mean } = sum;
    const said = new Set(roster.members.flatMap(({ refused = [] }) => refused.map((one) => one.step)));
    for (const kept of this.#sums) kept.isRefused ||= said.has(kept.step);
    if (this.#sums[0]?.isRefused === false) this.#sums = [];
    const before = this.#sums.find((kept) => whoIsAstray(kept, roster.members) !== undefined);
    const astray = before && whoIsAstray(before, roster.members);
    const isMine = !isTaken && astray === this.#self && peersIn(before!.roster) === peersIn(roster);
    this.#others = isMine ? { ...own, vector: othersMean(sum, this.#self) } : undefined;
    const distance = Number(likenessOf(own.vector, mean).distance.toPrecision(FIGURES));
    if (Number.isFinite(distance)) this.#sums.unshift({ step, roster, distance, isRefused: !isTaken });
    this.#sums.length = Math.min(this.#sums.length, MOST_REFUSED);
    return astray;
  }

  /** The others' mean, where it is this peer whose weights are astray; told once. It is for nobody else. */
  takeOthers(): Snapshot | undefined {
    const others = this.#others;
    this.#others = undefined;
    return others;
  }
}

const peersIn = ({ members }: Roster) => members.map(({ peer }) => peer).join(" ");
