/** What the vectors of sites must hold at the end of a run: nothing is lost, nothing counts twice. */
import type { Fault, Schedule } from "./_schedule.ts";
import type { Shares } from "./_shares.ts";
import type { Site } from "./_site.ts";
import { COMMON } from "./_training.ts";

/** Of float32 that is averaged many times, and of weights that travel in 16 bits. */
const ROUNDING = 1e-3, ROUNDING_OF_16 = 2e-2;

/** By how much a value may differ from what it should be. */
export function roundingOf({ averaging: { compression } }: Schedule): number {
  return compression === "fp16" ? ROUNDING_OF_16 : ROUNDING;
}

/** Whether shares go one way only. */
export const isOneWay = ({ averaging: { topology } }: Schedule) => topology === "one-peer-exponential";

/** What may take a site back to what it had before. */
const UNDOING: ReadonlySet<Fault["type"]> = new Set(["kill", "leave", "astray", "stale charter"]);

/** Whether all are honest, and nothing takes away what a site has. */
function undoesNothing({ sites, faults }: Schedule): boolean {
  return sites.every(({ isLiar }) => !isLiar) && faults.every(({ type }) => !UNDOING.has(type));
}

/** The same, nor what is on its way to or from a site that is expelled. */
export function losesNothing(schedule: Schedule): boolean {
  const members = schedule.charter?.members ?? [];
  return undoesNothing(schedule) && members.every((version, k) => k === 0 || version.length > members[k - 1].length);
}

/**
 * Whether nobody can hold more of what another has contributed than that: over one-way links a site that is killed goes
 * back to what it had at the end of a round, one that takes up its mass again adds to that of all, and what a liar's
 * shares are worth nobody knows.
 */
export function isBounded(schedule: Schedule, sites: readonly Site[]): boolean {
  return !isOneWay(schedule) || (undoesNothing(schedule) && sites.every(({ notes }) => notes.renewals === 0));
}

/** Told a rule, as the sentence that says how it is broken, and whether it holds. */
export type Check = (rule: string, holds: boolean) => void;

/**
 * What each holds is a mean of what all began with, and no more than was contributed.
 *
 * @param staying those of `sites` that are not expelled: over one-way links one that is alone with part of its mass
 * goes on by more than it contributes.
 */
export function checkMeans(
  sites: readonly Site[],
  schedule: Schedule,
  { check, staying }: { check: Check; staying: readonly Site[] },
): void {
  const { sites: plans } = schedule, count = plans.length;
  const rounding = roundingOf(schedule);
  const moved = pulled(schedule);
  const isHeld = isBounded(schedule, sites);
  for (const site of sites) {
    const name = site.machine.name, vector = site.vector;
    const began = [...vector.subarray(0, count)], common = vector.subarray(2 * count);
    check(`${name} holds what is not finite`, vector.every(Number.isFinite));
    check(
      `${name} holds something twice, or lost it: its shares are ${began.map((value) => value.toFixed(4)).join(", ")}`,
      began.every((value) => value > -rounding && value < 1 + rounding) &&
        Math.abs(began.reduce((sum, value) => sum + value, 0) - 1) < rounding,
    );
    check(
      `${name} has not what all have alike`,
      common.every((value) => Math.abs(value / COMMON.value - 1) < rounding + moved),
    );
    if (!isHeld || (isOneWay(schedule) && !staying.includes(site))) continue;
    for (const { number, machine, training: { everContributed } } of sites) {
      const held = vector[count + number];
      check(
        `${name} holds ${held} of what ${machine.name} contributed, which is ${everContributed}`,
        held > -rounding && held <= everContributed + rounding,
      );
    }
  }
}

/**
 * How far one whose weights are astray can pull the others, beside their norm: 0.3 of it is near for those that have not
 * trained yet, and where encodings lose something (`judging/likeness.ts`).
 */
function pulled({ faults }: Schedule): number {
  return faults.some(({ type }) => type === "astray") ? 0.3 : 0;
}

/** Σ m·x over the sites, against what they began with and contributed, and what nobody gave (`_shares.ts`). */
export function checkSum(
  sites: readonly Site[],
  schedule: Schedule,
  { check, made }: { check: Check; made: Shares["made"] },
): void {
  const count = sites.length, rounding = roundingOf(schedule);
  const most = Math.max(...sites.map(({ mass }) => mass));
  const isExact = (schedule.faults.length === 0 && !schedule.relaying?.limits) || isOneWay(schedule);
  const brokenOff = sites.reduce((sum, { notes }) => sum + notes.brokenExchanges, 0);
  if (isOneWay(schedule) && !losesNothing(schedule)) return;
  // what it had contributed is gone with what it had
  if (schedule.faults.some(({ type }) => type === "astray")) return;
  // a two-way exchange moves the sum by its own part where one side has it and the other has not
  const allowed = rounding * count * most + (isExact ? 0 : most * (brokenOff + 2 * schedule.faults.length));
  const weight = sites.reduce((sum, { weight }) => sum + weight, 0),
    masses = sites.reduce((sum, { mass }) => sum + mass, made.weight);
  check(`what all hold of all masses is ${weight} and must be ${masses}`, Math.abs(weight - masses) < 1e-6 * masses);
  for (let j = 0; j < 2 * count; j++) {
    const sum = sites.reduce((sum, { weight, vector }) => sum + weight * vector[j], 0);
    const brought = j < count ? sites[j].mass : sites[j - count].mass * sites[j - count].training.contributed;
    const was = brought + (made.sums[j] ?? 0);
    check(
      `Σ m·x of place ${j} is ${sum.toFixed(4)} and must be ${was.toFixed(4)}, give or take ${allowed.toFixed(4)}`,
      Math.abs(sum - was) <= allowed,
    );
  }
}
