/** Why a step had no sum, as sentences that name whose turn it was, who was missing and the rule. Pure. */
import type { Elsewhere } from "./_errors.ts";
import { FEWEST } from "./fewest.ts";

/** So many of those who are missing are named. */
const MOST_NAMED = 4;

/** Who collected, or was to. @param order all members, from the one whose turn it was */
export function turnText(collector: string, { order, self }: { order: readonly string[]; self: string }): string {
  const name = (peer: string) => peer === self ? "this site" : peer;
  const [first] = order;
  return collector === first
    ? `it was the turn of ${name(first)} to collect`
    : `${name(collector)} collected in place of ${name(first)}`;
}

/** What is known of a member that did not come to a sum. */
export interface Missing {
  readonly peer: string;
  readonly isPresent: boolean;
  /** It has said that it leaves. */
  readonly isLeaving: boolean;
  /** It has announced that it has done the step. */
  readonly isOver: boolean;
  /** Where it said to be. */
  readonly away?: Elsewhere;
}

/**
 * Why a sum of `step` that was gathered has too few members.
 *
 * @param waited milliseconds; undefined: it was given up before all who might have come had, since they were too few
 */
export function tooFewText(
  missing: readonly Missing[],
  { step, came, least, waited }: { step: number; came: number; least: number; waited?: number },
): string {
  const why = ({ isPresent, isLeaving, isOver, away }: Missing) => {
    if (isLeaving) return "has ended";
    if (!isPresent) return "is not connected";
    if (away && (away.step > step || away.collector !== undefined)) return "was in another sum";
    if (away && !away.made) return "takes no part in this step any more";
    if (isOver || away) return "has done this step already";
    return waited === undefined ? "was not waited for" : `did not come in ${Math.round(waited / 1000)} s`;
  };
  const named = missing.slice(0, MOST_NAMED).map((one) => `${one.peer} ${why(one)}`);
  const more = missing.length > MOST_NAMED ? [`${missing.length - MOST_NAMED} more did not come`] : [];
  return `${came} came to the sum, ${least} must, which is more than half of all and at least ${FEWEST}: ${
    [...named, ...more].join(", ")
  }`;
}

/** Why a sum that was begun is void. */
export function droppedOutText(peer: string, why: string): string {
  return `${peer} dropped out: ${why}; a sum is of all who have come to it, or void`;
}

/**
 * Why a sum is not taken.
 *
 * @param why what speaks against the mean
 * @param options.astray the peer id of the one whose weights are far from all others', where that is known
 */
export function refusedText(
  why: string,
  { members, astray, self }: { members: number; astray?: string; self: string },
): string {
  const whose = astray === undefined
    ? "and nobody can tell yet whose part it is"
    : `since ${astray === self ? "this site's own weights" : `the weights of ${astray}`} are far from all others'`;
  return `the sum of ${members} members is not taken, ${whose}: ${why}`;
}

/** Why a peer that was led from step to step came to no sum. @param waited milliseconds */
export function tooLateText(step: number, waited: number): string {
  return `this site came to step ${step} when the others had gone on, and into no later sum in ${
    Math.round(waited / 1000)
  } s`;
}
