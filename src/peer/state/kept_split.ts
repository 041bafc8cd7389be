/**
 * The split that a training was begun with, as it is kept in the folder of state.
 *
 * @module
 */
import * as v from "valibot";
import { messageOf, UserError } from "../../core/errors.ts";
import { writeAtomically } from "../../core/files.ts";
import type { PeerSplit } from "../../data/splits.ts";
import { BEGIN_ANEW } from "./anew.ts";
import { splitFile } from "./layout.ts";

/** What is known of a case. */
export interface KeptCase {
  /** Whom the tables have said that it shows, the latest last. */
  readonly subjects: readonly string[];
  /** The hospital, where the dataset told. */
  readonly site?: string;
  /** Digests of the images that it has had, the latest last; of cases that serve for something. */
  readonly images: readonly string[];
}

/** Which cases a training was begun with, and for what. */
export interface KeptSplit {
  readonly version: 1;
  /** How the site was called last. */
  readonly site?: string;
  /** The dataset's name. */
  readonly dataset: string;
  /** `data.labelled` where the split was drawn; null where it was written by hand. */
  readonly labelled: number | null;
  /** By use; those that are gone meanwhile, too. */
  readonly split: PeerSplit;
  /** Every case that the dataset has had, by id. */
  readonly cases: Readonly<Record<string, KeptCase>>;
}

const texts = v.array(v.string());

const schema: v.GenericSchema<unknown, KeptSplit> = v.strictObject({
  version: v.literal(1),
  site: v.optional(v.string()),
  dataset: v.string(),
  labelled: v.nullable(v.number()),
  split: v.strictObject({ training: texts, labelled: texts, probe: texts, test: texts }),
  cases: v.record(
    v.string(),
    v.strictObject({ subjects: texts, site: v.optional(v.string()), images: texts }),
  ),
});

/** The split that is kept in `stateDirectory`, if any. @throws {UserError} if it cannot be read. */
export async function readKeptSplit(stateDirectory: string): Promise<KeptSplit | undefined> {
  const path = splitFile(stateDirectory);
  try {
    return v.parse(schema, JSON.parse(await Deno.readTextFile(path)));
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return undefined;
    const mend = `it says which cases were trained with, so restore it from a backup, or begin anew with ${BEGIN_ANEW}`;
    throw new UserError(`reading the kept split: ${mend}; ${messageOf(cause)}`, { where: path, cause });
  }
}

/** Replaces what is kept. @throws {UserError} if it cannot be written. */
export async function writeKeptSplit(stateDirectory: string, kept: KeptSplit): Promise<void> {
  const path = splitFile(stateDirectory);
  try {
    await writeAtomically(path, `${JSON.stringify(kept, null, 1)}\n`);
  } catch (cause) {
    throw new UserError(`keeping the split: ${messageOf(cause)}`, { where: path, cause });
  }
}
