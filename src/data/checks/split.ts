/**
 * A split that somebody wrote by hand puts each case, and each person, to one use; only the labelled cases are among
 * the training cases. Otherwise a network would be judged on whom it has learnt from.
 *
 * @module
 */
import { UserError } from "../../core/errors.ts";
import type { CaseReference } from "../datasets/dataset.ts";
import type { PeerSplit } from "../splits.ts";

const WHILE = "opening the data";

/** The uses that exclude each other. */
const APART = ["training", "probe", "test"] as const;

/** Options of {@linkcode requireSplit}. */
export interface RequireSplitOptions {
  /** The field that holds it, for errors. */
  field: string;
}

/**
 * @throws {UserError} naming the first case or subject at fault with its uses, if the split names a case that is not
 * there, names one twice or for two uses, parts a subject, has no training case, or takes a case without a label for
 * labelled or tested.
 */
export function requireSplit(
  cases: readonly CaseReference[],
  split: PeerSplit,
  { field }: RequireSplitOptions,
): void {
  const byId = new Map(cases.map((reference) => [reference.id, reference]));
  for (const use of ["training", "labelled", "probe", "test"] as const) {
    const where = `field "${field}.${use}"`;
    const seen = new Set<string>();
    for (const id of split[use]) {
      const reference = byId.get(id);
      if (!reference) throw new UserError(`${WHILE}: the split must name cases of the dataset`, { where, value: id });
      if (seen.has(id)) throw new UserError(`${WHILE}: a case must be named once`, { where, value: id });
      seen.add(id);
      if ((use === "labelled" || use === "test") && reference.label === undefined) {
        throw new UserError(`${WHILE}: a ${use} case must have a label file`, { where, value: id });
      }
    }
  }
  if (split.training.length === 0) {
    throw new UserError(`${WHILE}: there must be at least one training case`, { where: `field "${field}.training"` });
  }
  requireApart(split, byId, field);
  const training = new Set(split.training);
  const stray = split.labelled.find((id) => !training.has(id));
  if (stray !== undefined) {
    throw new UserError(`${WHILE}: the labelled cases must be among the training cases`, {
      where: `field "${field}"`,
      value: `${stray} is in labelled, not in training`,
    });
  }
}

/** @throws {UserError} if a case, or a subject, is in two of the uses that exclude each other. */
function requireApart(split: PeerSplit, byId: ReadonlyMap<string, CaseReference>, field: string): void {
  const where = `field "${field}"`;
  const useOf = new Map<string, string>();
  // a labelled case is trained on, whatever else is said of it
  const ids = { ...split, training: [...split.training, ...split.labelled] };
  const named = (use: string, id: string) => use === "training" && split.labelled.includes(id) ? "labelled" : use;
  for (const use of APART) {
    for (const id of ids[use]) {
      const before = useOf.get(id) ?? use;
      if (before !== use) {
        const value = `${id} is in ${named(before, id)} and in ${use}`;
        throw new UserError(`${WHILE}: a case must have one use`, { where, value });
      }
      useOf.set(id, use);
    }
  }
  const firstOf = new Map<string, string>();
  for (const [id, use] of useOf) {
    const { subject } = byId.get(id)!;
    const first = firstOf.get(subject) ?? id;
    firstOf.set(subject, first);
    if (useOf.get(first) === use) continue;
    throw new UserError(`${WHILE}: all cases of a subject must have one use`, {
      where,
      value: `subject ${subject} is in ${useOf.get(first)} (${first}) and in ${use} (${id})`,
    });
  }
}
