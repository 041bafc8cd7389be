/**
 * Which cases a start trains, probes and tests with: those that the state was begun with. A pure function; `settle.ts`
 * reads and writes around it.
 *
 * - Cases that have come since join training only, and not at all if their subject, or their image, is among those that
 *   are probed or tested, or they are of another site than the cases in use.
 * - Cases that are gone are named; a use may not lose its last.
 * - A case goes by its id, and by its image if that is found under another name.
 * - A split by hand may add training cases, and change nothing else.
 *
 * @module
 */
import { UserError } from "../../core/errors.ts";
import type { PeerSplit } from "../../data/splits.ts";
import { type Identified, identify, type PresentCase } from "./_identify.ts";
import { listed, NO_USE, USES, usesIn } from "./_uses.ts";
import { BEGIN_ANEW } from "./anew.ts";
import type { KeptCase, KeptSplit } from "./kept_split.ts";

/** What a start finds. */
export interface Found {
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

const WHILE = "opening the data";
const ANEW = `or begin anew with ${BEGIN_ANEW}`;

/** The first start: the split that is given or drawn is kept. */
export function firstSplit(
  { dataset, present, images, configured, labelled }: Found,
  split: PeerSplit,
): Decided {
  const cases = Object.fromEntries(present.map((reference) => [reference.id, keptCase(reference, images)]));
  const usesOf = usesIn(split);
  const warnings = [...Map.groupBy(images.keys(), (id) => images.get(id)!).values()].flatMap((same) => {
    const other = same.find((id) => usesOf(id) !== usesOf(same[0]));
    if (other === undefined) return [];
    return [`${same[0]} (${usesOf(same[0])}) and ${other} (${usesOf(other)}) have the same image`];
  });
  return { split, kept: { version: 1, dataset, labelled: configured ? null : labelled, split, cases }, warnings };
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
  const warnings = [...identified.warnings];
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
    const { joining, told } = joinTraining({ kept, added, keptAs, present, sealed });
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
  { dataset, present, images, split, keptAs, nowAs }: Found & {
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
    dataset,
    split: Object.fromEntries(next) as unknown as PeerSplit,
    cases: Object.fromEntries([...gone, ...here]),
  };
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

const SIDES = ["training", "probe", "test"] as const;

/** @throws {UserError} if the tables now put a subject on two sides. */
function requireOneSide(
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
function subjectsIn(
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

/** Which of the cases that have come since join training, and what is told of them and of the others. */
function joinTraining({ kept, added, keptAs, present, sealed }: {
  kept: KeptSplit;
  added: readonly PresentCase[];
  keptAs: Identified["keptAs"];
  present: readonly PresentCase[];
  sealed: ReadonlyMap<string, string>;
}): { joining: string[]; told: string[] } {
  const usesOf = usesIn(kept.split);
  const used = present.filter(({ id }) => usesOf(keptAs.get(id) ?? "") !== NO_USE);
  const sites = new Set(used.map(({ site }) => site));
  const isElsewhere = ({ site }: PresentCase) => site !== undefined && !sites.has(site) && !sites.has(undefined);
  const ofSealed = added.filter(({ subject }) => sealed.has(subject));
  const elsewhere = added.filter((reference) => !sealed.has(reference.subject) && isElsewhere(reference));
  const joining = added.filter((each) => !ofSealed.includes(each) && !elsewhere.includes(each)).map(({ id }) => id);
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
      ...tell(elsewhere.map(({ id }) => id), "cases that have come of other sites serve for nothing"),
    ],
  };
}

/**
 * What a split by hand adds: training cases, and to a site that had none, labelled ones of the training cases and test
 * cases that served for nothing.
 *
 * @throws {UserError} if it changes anything else.
 */
function addedByHand({ kept, configured, identified: { keptAs, copies }, sealed, present }: {
  kept: KeptSplit;
  configured: PeerSplit;
  identified: Identified;
  sealed: ReadonlyMap<string, string>;
  present: readonly PresentCase[];
}): Record<typeof USES[number], string[]> {
  const [usesBefore, usesNow] = [usesIn(kept.split), usesIn(configured)];
  const seen = subjectsIn(["training", "probe"], { kept, present, keptAs });
  const added: ReturnType<typeof addedByHand> = { training: [], labelled: [], probe: [], test: [] };
  for (const { id, subject } of present) {
    const original = keptAs.get(id) ?? copies.get(id);
    const before = keptAs.has(id) ? usesBefore(original!) : NO_USE;
    const now = usesNow(id);
    if (now === before) continue;
    const called = original === undefined || original === id ? id : `${id}, whose image is that of ${original},`;
    const require = (holds: boolean, what: string) => {
      if (holds) return;
      throw new UserError(`${WHILE}: a case must keep the use that this state was begun with; set it back, ${ANEW}`, {
        where: 'field "data.split"',
        value: what,
      });
    };
    const joins = before === NO_USE && now === "training";
    const isLabelled = now === "training and labelled" && (before === "training" || before === NO_USE) &&
      kept.split.labelled.length === 0;
    const isTested = before === NO_USE && now === "test" && kept.split.test.length === 0 && !copies.has(id);
    require(joins || isLabelled || isTested, `${called} was in ${before} and is in ${now}`);
    const other = isTested ? seen.get(subject) : sealed.get(subject) ?? copies.get(id);
    const otherUses = other === undefined ? now : usesBefore(other);
    const same = copies.has(id) ? "image" : `subject ${subject}`;
    require(
      other === undefined || !isTested && otherUses.startsWith("training"),
      `${called} is in ${now}, and ${other}, of the same ${same}, in ${otherUses}`,
    );
    if (isTested) added.test.push(id);
    else if (before === NO_USE) added.training.push(id);
    if (isLabelled) added.labelled.push(id);
  }
  return added;
}
