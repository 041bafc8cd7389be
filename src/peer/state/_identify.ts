/** Which cases of today are which of those that are kept: by id, and by their image whatever they are called. */
import { UserError } from "../../core/errors.ts";
import type { CaseReference } from "../../data/datasets/dataset.ts";
import type { KeptSplit } from "./kept_split.ts";
import { usesIn } from "./_uses.ts";

/** A case of today. */
export type PresentCase = Pick<CaseReference, "id" | "subject" | "site">;

/** How the cases of today and those that are kept belong together. */
export interface Identified {
  /** Kept ids by ids of today. */
  readonly keptAs: ReadonlyMap<string, string>;
  /** Cases that have come since: without those that copy a kept one. */
  readonly added: readonly PresentCase[];
  /** Kept ids by ids of cases that have come since and are copies of them. */
  readonly copies: ReadonlyMap<string, string>;
  /** Ids of cases whose image is none that is known. */
  readonly changed: readonly string[];
  /** What the user is told of names. */
  readonly warnings: readonly string[];
}

/**
 * Finds every case again. A pure function.
 *
 * @param images digests by id; of every case that serves or may come to serve for something.
 * @throws {UserError} if the image of one case now goes by the name of another that serves for something else.
 */
export function identify(
  kept: KeptSplit,
  present: readonly PresentCase[],
  images: ReadonlyMap<string, string>,
): Identified {
  const warnings: string[] = [];
  const usesOf = usesIn(kept.split);
  const owners = Map.groupBy(
    Object.entries(kept.cases).flatMap(([id, { images }]) => images.map((image) => ({ id, image }))),
    ({ image }) => image,
  );
  const ownersOf = (id: string) => (owners.get(images.get(id) ?? "") ?? []).map((owner) => owner.id);
  const ids = new Set(present.map(({ id }) => id));
  const keptAs = new Map<string, string>();
  const changed: string[] = [];
  for (const { id } of present) {
    const known = kept.cases[id];
    if (!known) continue;
    keptAs.set(id, id);
    const image = images.get(id);
    if (image === undefined || known.images.length === 0 || known.images.includes(image)) continue;
    const uses = usesOf(id);
    const other = ownersOf(id).find((owner) => usesOf(owner) !== uses);
    if (other !== undefined) {
      throw new UserError(
        `opening the data: the image of ${other}, of ${usesOf(other)}, must not go by the name of a case ` +
          `of ${uses}`,
        { where: id },
      );
    }
    changed.push(id);
  }
  const added: PresentCase[] = [];
  const copies = new Map<string, string>();
  const found = new Set<string>();
  for (const reference of present) {
    const { id } = reference;
    if (keptAs.has(id)) continue;
    const candidates = ownersOf(id);
    const gone = candidates.find((owner) => !ids.has(owner) && !found.has(owner));
    if (gone !== undefined) {
      found.add(gone);
      keptAs.set(id, gone);
      warnings.push(`${id} is ${gone} under another name, and still of ${usesOf(gone)}`);
    } else if (candidates.length > 0) copies.set(id, candidates[0]);
    else added.push(reference);
  }
  return { keptAs, added, copies, changed, warnings };
}
