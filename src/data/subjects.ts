/**
 * Cases by person, for whoever deals them out: the cases of one subject never part.
 *
 * @module
 */
import { UserError } from "../core/errors.ts";
import type { Rng } from "../core/rng.ts";
import type { CaseReference } from "./datasets/dataset.ts";

/** All cases of one person. */
export interface Subject {
  readonly id: string;
  readonly site: string | undefined;
  readonly cases: readonly CaseReference[];
}

/**
 * The subjects, sorted by id, so that the order of the list of cases does not matter.
 *
 * @throws {UserError} if a subject's cases are of several sites.
 */
export function subjectsOf(cases: readonly CaseReference[]): Subject[] {
  const byId = Map.groupBy([...cases].sort((a, b) => compareIds(a.id, b.id)), ({ subject }) => subject);
  return [...byId].sort(([a], [b]) => compareIds(a, b)).map(([id, own]) => {
    const sites = new Set(own.map(({ site }) => site));
    if (sites.size > 1) {
      throw new UserError("splitting the cases: a subject must belong to one site", {
        where: id,
        value: [...sites].join(", "),
      });
    }
    return { id, site: own[0].site, cases: own };
  });
}

/** By code units, which is the same order everywhere. */
function compareIds(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Numbers by size, other names by alphabet. */
export function compareSites(a: string, b: string): number {
  return Number(a) - Number(b) || compareIds(a, b);
}

/** Whether any case of the subject has a label. */
export function hasLabels({ cases }: Subject): boolean {
  return cases.some(({ label }) => label !== undefined);
}

/** The ids of the subjects' cases. */
export function caseIds(subjects: readonly Subject[]): string[] {
  return subjects.flatMap(({ cases }) => cases.map(({ id }) => id));
}

/**
 * The labelled cases' ids in the order in which to use them: one, drawn at random, of every subject before a second of
 * any.
 */
export function labelledInTurn(subjects: readonly Subject[], rng: Rng): string[] {
  const queues = subjects.map(({ cases }) =>
    rng.shuffle(cases.filter(({ label }) => label !== undefined).map(({ id }) => id))
  );
  const deepest = Math.max(0, ...queues.map(({ length }) => length));
  return Array.from({ length: deepest }, (_, depth) => queues.flatMap((queue) => queue.slice(depth, depth + 1))).flat();
}

/** The cases of at most `most` subjects of each site, drawn by `rng`; the cases' order stays. */
export function limitSubjects(cases: readonly CaseReference[], most: number, rng: Rng): CaseReference[] {
  const bySite = Map.groupBy(subjectsOf(cases), ({ site }) => site);
  const kept = new Set(
    [...bySite].flatMap(([site, own]) => rng.fork(`site/${site}`).shuffle(own).slice(0, most).map(({ id }) => id)),
  );
  return cases.filter(({ subject }) => kept.has(subject));
}
