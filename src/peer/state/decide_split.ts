/**
 * Which cases a start trains, probes and tests with: those that the state was begun with. A pure function;
 * `settle_split.ts` reads and writes around it.
 *
 * - Cases that have come since join training only, and not at all if their subject, or their image, is among those that
 *   are probed or tested. Whatever sites tables name, all cases are this peer's own.
 * - Cases that are gone are named; a use may not lose its last.
 * - A case goes by its id, and by its image if that is found under another name.
 * - A split by hand may add training cases, and to a site without labels labelled and test cases; it changes nothing
 *   else.
 *
 * @module
 */
import { UserError } from "../../core/errors.ts";
import type { PeerSplit } from "../../data/splits.ts";
import { type Identified, identify, type PresentCase } from "./_identify.ts";
import { addedByHand } from "./_by_hand.ts";
import { requireOneSide, subjectsIn } from "./_subjects.ts";
import { ANEW, listed, NO_USE, USES, usesIn, WHILE } from "./_uses.ts";
import type { KeptCase, KeptSplit } from "./kept_split.ts";

/** What a start finds. */
export interface Found {
  /** How the site is called. */
  site: string;
  /** The dataset's name. */
  dataset: string;
  /** All cases of the dataset. */
  present: readonly PresentCase[];
  /** Digests of images by id: of every case that is kept in a use, is not kept, or is in `configured`. */
  images: ReadonlyMap<string, string>;
  /** `data.split`, where it is given. */
  configured?: PeerSplit;
  /** `data.labelled`. */
  labelled: number;
}

/** How a start goes on. */
export interface Decided {
  split: PeerSplit;
  /** To be kept from now on. */
  kept: KeptSplit;
  /** What the user is told. */
  warnings: string[];
}

/** The first start: the split that is given or drawn is kept. */
export function firstSplit(
  { site, dataset, present, images, configured, labelled }: Found,
  split: PeerSplit,
): Decided {
  const cases = Object.fromEntries(present.map((reference) => [reference.id, keptCase(reference, images)]));
  const usesOf = usesIn(split);
  const warnings = [...Map.groupBy(images.keys(), (id) => images.get(id)!).values()].flatMap((same) => {
    const other = same.find((id) => usesOf(id) !== usesOf(same[0]));
    if (other === undefined) return [];
    return [`${same[0]} (${usesOf(same[0])}) and ${other} (${usesOf(other)}) have the same image`];
  });
  const kept: KeptSplit = { version: 1, site, dataset, labelled: configured ? null : labelled, split, cases };
  return { split, kept, warnings };
}

/**
 * A later start.
 *
 * @throws {UserError} naming the case with both uses, or the subject, if any would change sides, and the setting if
 * another number of labelled cases is asked for.
 */
export function laterSplit(kept: KeptSplit, found: Found): Decided {
  const { dataset, present, images, configured, labelled } = found;
  if (!configured && kept.labelled !== null && kept.labelled !== labelled) {
    throw new UserError(
      `${WHILE}: "data.labelled" must stay as this state was begun with, ${kept.labelled}; set it back, ${ANEW}`,
      { where: `field "data.labelled"`, value: labelled },
    );
  }
  const usesOf = usesIn(kept.split);
  const identified = identify(kept, present, images);
  const { keptAs, added } = identified;
  const nowAs = new Map([...keptAs].map(([id, keptId]) => [keptId, id]));
  const warnings = [...identified.warnings, ...otherImages(kept, found.site, identified)];
  if (dataset !== kept.dataset) {
    warnings.push(`the dataset is called ${dataset} now; this state was begun with ${kept.dataset}`);
  }
  warnings.push(...vanished(kept, nowAs));
  requireOneSide(kept, present, keptAs);
  const sealed = subjectsIn(["probe", "test"], { kept, present, keptAs });
  const split = Object.fromEntries(
    USES.map((use) => [use, kept.split[use].flatMap((id) => nowAs.get(id) ?? [])]),
  ) as Record<typeof USES[number], string[]>;
  if (configured) {
    const added = addedByHand({ kept, configured, identified, sealed, present });
    for (const use of USES) split[use].push(...added[use]);
  } else {
    const { joining, told } = joinTraining({ kept, added, sealed });
    split.training.push(...joining);
    warnings.push(...told);
  }
  if (identified.copies.size > 0 && !configured) {
    const copies = [...identified.copies].map(([id, original]) => `${id} (${original}, ${usesOf(original)})`);
    warnings.push(`copies of cases that this state knows serve for nothing: ${listed(copies)}`);
  }
  return { split, kept: nextKept(kept, { ...found, split, keptAs, nowAs }), warnings };
}

function keptCase(
  { id, subject, site }: PresentCase,
  images: ReadonlyMap<string, string>,
  before?: KeptCase,
): KeptCase {
  const image = images.get(id);
  const add = (list: readonly string[] = [], one: string | undefined) =>
    one === undefined ? list : [...list.filter((each) => each !== one), one];
  return {
    subjects: add(before?.subjects, subject),
    ...(site !== undefined && { site }),
    images: add(before?.images, image),
  };
}

/** What is to be kept after a later start; what is gone stays known. */
function nextKept(
  kept: KeptSplit,
  { site, dataset, present, images, split, keptAs, nowAs }: Found & {
    split: PeerSplit;
    keptAs: Identified["keptAs"];
    nowAs: ReadonlyMap<string, string>;
  },
): KeptSplit {
  const gone = Object.entries(kept.cases).filter(([id]) => !nowAs.has(id));
  const here = present.map((reference) => {
    const before = kept.cases[keptAs.get(reference.id) ?? ""];
    return [reference.id, keptCase(reference, images, before)] as const;
  });
  const known = (id: string) => nowAs.get(id) ?? id;
  const next = USES.map((use) => [use, [...new Set([...kept.split[use].map(known), ...split[use]])]]);
  return {
    ...kept,
    ...{ site, dataset },
    split: Object.fromEntries(next) as unknown as PeerSplit,
    cases: Object.fromEntries([...gone, ...here]),
  };
}

/**
 * Names the cases whose images are others than before, and a site that is called otherwise.
 *
 * @throws {UserError} if both is so of all that are there: the state is of another site, whose cases have the same ids.
 */
function otherImages(kept: KeptSplit, site: string, { keptAs, changed }: Identified): string[] {
  const usesOf = usesIn(kept.split);
  const isRenamed = kept.site !== undefined && kept.site !== site;
  const used = [...keptAs.values()].filter((id) => usesOf(id) !== NO_USE);
  if (isRenamed && used.length > 0 && used.every((id) => changed.includes(id))) {
    throw new UserError(
      `${WHILE}: "stateDirectory" must be the site's own; this state was begun by ${kept.site}, with other images under ` +
        `every name; name another folder, ${ANEW}`,
      { where: "site", value: site },
    );
  }
  return [
    ...isRenamed ? [`the site is called ${site} now; this state was begun by ${kept.site}`] : [],
    ...changed.length === 0 ? [] : [
      `images that are others than those that this state was begun with: ${
        listed(changed.map((id) => `${id} (${usesOf(id)})`))
      }`,
    ],
  ];
}

/** Names what is gone. @throws {UserError} if a use has lost all its cases. */
function vanished({ split }: KeptSplit, nowAs: ReadonlyMap<string, string>): string[] {
  const told: string[] = [];
  for (const use of USES) {
    const gone = split[use].filter((id) => !nowAs.has(id));
    if (gone.length === 0) continue;
    if (gone.length === split[use].length) {
      throw new UserError(
        `${WHILE}: of the ${use} cases that this state was begun with at least one must be there; put them back, ${ANEW}`,
        { where: `${use} cases that are gone`, value: listed(gone) },
      );
    }
    if (use !== "labelled") told.push(`${use} cases that this state was begun with are gone: ${listed(gone)}`);
  }
  return told;
}

/** Which of the cases that have come since join training, and what is told of them and of the others. */
function joinTraining({ kept, added, sealed }: {
  kept: KeptSplit;
  added: readonly PresentCase[];
  sealed: ReadonlyMap<string, string>;
}): { joining: string[]; told: string[] } {
  const usesOf = usesIn(kept.split);
  const ofSealed = added.filter(({ subject }) => sealed.has(subject));
  const joining = added.filter((each) => !ofSealed.includes(each)).map(({ id }) => id);
  const tell = (ids: readonly string[], what: string) => ids.length > 0 ? [`${what}: ${listed(ids)}`] : [];
  const why = ofSealed.map(({ id, subject }) => {
    const other = sealed.get(subject)!;
    return `${id} (${other}, ${usesOf(other)})`;
  });
  return {
    joining,
    told: [
      ...tell(joining, "cases that have come since this state was begun join training"),
      ...tell(why, "cases that have come of subjects who are probed or tested serve for nothing"),
    ],
  };
}
