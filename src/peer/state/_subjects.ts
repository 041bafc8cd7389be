/** Whom the cases of a split show, by the tables of now and of before. */
import { UserError } from "../../core/errors.ts";
import type { Identified, PresentCase } from "./_identify.ts";
import { ANEW, WHILE } from "./_uses.ts";
import type { KeptSplit } from "./kept_split.ts";

/** The uses that exclude each other. */
const SIDES = ["training", "probe", "test"] as const;

/** @throws {UserError} if the tables now put a subject on two sides. */
export function requireOneSide(
  kept: KeptSplit,
  present: readonly PresentCase[],
  keptAs: Identified["keptAs"],
): void {
  const subjectNow = new Map(present.map(({ id, subject }) => [keptAs.get(id) ?? id, subject]));
  const first = new Map<string, { id: string; side: string }>();
  for (const side of SIDES) {
    for (const id of kept.split[side]) {
      const subject = subjectNow.get(id) ?? kept.cases[id]?.subjects.at(-1) ?? id;
      const before = first.get(subject) ?? { id, side };
      first.set(subject, before);
      if (before.side === side) continue;
      throw new UserError(
        `${WHILE}: all cases of a subject must have one use, but by the tables of now ${before.id}, which this state ` +
          `was begun with in ${before.side}, and ${id}, in ${side}, are of one; correct the tables, ${ANEW}`,
        { where: "subject", value: subject },
      );
    }
  }
}

/** A case of `uses` by every subject that one is said or was said to show. */
export function subjectsIn(
  uses: readonly (typeof SIDES[number])[],
  { kept: { split, cases }, present, keptAs }: {
    kept: KeptSplit;
    present: readonly PresentCase[];
    keptAs: Identified["keptAs"];
  },
): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const ids = new Set(uses.flatMap((use) => split[use]));
  for (const id of ids) for (const subject of cases[id]?.subjects ?? []) found.set(subject, id);
  for (const { id, subject } of present) if (ids.has(keptAs.get(id) ?? "")) found.set(subject, id);
  return found;
}
