/**
 * What cases are called, and whom they show, as far as the paths of their images tell.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { caseIds, personsOf } from "./case_ids.ts";
 *
 * const paths = ["p0/image.nii.gz", "p1/image.nii.gz"];
 * assertEquals(caseIds(paths), ["p0_image", "p1_image"]);
 * assertEquals(personsOf(paths), ["p0", "p1"]);
 * assertEquals(caseIds(["imagesTr/a.nii", "imagesTr/b.nii"]), ["a", "b"]);
 * ```
 *
 * @module
 */
import { UserError } from "../../core/errors.ts";
import { caseId } from "./files.ts";

/** Names shown in a sentence. */
const SHOWN = 3;

/**
 * An id for each image: its file's name where these differ, else with the names of as many folders before it as tell
 * them apart, so that a case that is added changes no other's id where names repeat from the first.
 *
 * @throws {UserError} if a file is named twice, or two ids would be the same.
 */
export function caseIds(paths: readonly string[], where = "dataset.json"): string[] {
  const plain = paths.map((path) => path.normalize());
  if (new Set(plain).size < plain.length) {
    const [, second] = firstPair(plain);
    throw new UserError("opening a dataset: every case must be listed once", { where, value: plain[second] });
  }
  const deepest = Math.max(0, ...plain.map((path) => path.split("/").length));
  for (let folders = 0; folders < deepest; folders++) {
    const ids = plain.map((path) => idWith(folders, path));
    if (new Set(ids).size === ids.length) return ids;
  }
  const ids = plain.map((path) => idWith(deepest, path));
  const [first, second] = firstPair(ids);
  throw new UserError("opening a dataset: two cases must not have the same name", {
    where,
    value: `${plain[first]} and ${plain[second]}`,
  });
}

/** A folder's name that the next one begins with is not repeated: patient001/patient001_frame01. */
function idWith(folders: number, path: string): string {
  const segments = path.split("/");
  const names = [...segments.slice(0, -1).slice(-folders || segments.length), caseId(path)];
  return names.reduceRight((rest, folder) => isCalledAfter(rest, folder) ? rest : `${folder}_${rest}`);
}

/** Whether a name is the folder's, or goes on from it with a sign that is no letter or digit. */
function isCalledAfter(name: string, folder: string): boolean {
  return name.startsWith(folder) && !/^[\p{L}\p{N}]/u.test(name.slice(folder.length));
}

function firstPair(ids: readonly string[]): [number, number] {
  const second = ids.findIndex((id, i) => ids.indexOf(id) !== i);
  return [ids.indexOf(ids[second]), second];
}

/** The person that a name begins with in BIDS's way: sub-01_ses-2. */
export function bidsPerson(name: string): string | undefined {
  return /^(sub-[^_]+)(_|$)/.exec(name)?.[1];
}

/**
 * The person of each image, undefined where the paths do not tell: the first folder below those that all have in common
 * where files of one name lie in several folders or a folder's files are called after it, else BIDS's `sub-…`.
 */
export function personsOf(paths: readonly string[]): (string | undefined)[] {
  const plain = paths.map((path) => path.normalize());
  const folders = plain.map((path) => path.split("/").slice(0, -1));
  const shared = sharedLength(folders);
  const firsts = folders.map((each): string | undefined => each[shared]);
  const stems = plain.map((path) => caseId(path));
  const isByFolder = new Set(stems).size < stems.length;
  const isPerson = (folder: string, beside: readonly string[]) =>
    isByFolder || beside.every((stem) => isCalledAfter(stem, folder));
  const byFolder = Map.groupBy(stems.keys(), (i) => firsts[i]);
  const persons = new Set(
    [...byFolder].flatMap(([folder, own]) =>
      folder !== undefined && isPerson(folder, own.map((i) => stems[i])) ? [folder] : []
    ),
  );
  return stems.map((stem, i) => firsts[i] !== undefined && persons.has(firsts[i]) ? firsts[i] : bidsPerson(stem));
}

/**
 * Two images of one name in different folders, where it is open whether folders or names are the persons': several names
 * lie in several folders each, as in t1/p1, t1/p2, t2/p1, t2/p2. Undefined where that is clear.
 */
export function unclearPersons(paths: readonly string[]): [string, string] | undefined {
  const plain = paths.map((path) => path.normalize());
  const byName = Map.groupBy(plain, caseId);
  const repeated = [...byName].filter(([name, same]) => same.length > 1 && bidsPerson(name) === undefined);
  if (repeated.length < 2) return undefined;
  const folders = plain.flatMap((path) => path.split("/").slice(0, -1));
  if (folders.some((folder) => bidsPerson(folder) !== undefined)) return undefined;
  const [first, second] = repeated[0][1];
  return [first, second];
}

/** What is told of persons that folders and names told of, unless a table has said whose the cases are. */
export function notesOfPersons(
  found: readonly { id: string; subject?: string }[],
  cases: readonly { subject: string }[],
): string[] {
  const told = found.filter(({ id, subject }, i) =>
    subject !== undefined && subject !== id && cases[i].subject === subject
  );
  const persons = [...new Set(told.map(({ subject }) => subject))];
  if (persons.length === 0) return [];
  const shown = `${persons.slice(0, SHOWN).join(", ")}${persons.length > SHOWN ? ", …" : ""}`;
  return [`${persons.length} persons are told by folders or names (${shown}); subjects.tsv can say otherwise`];
}

/** The number of leading folders that all have in common. */
function sharedLength(folders: readonly (readonly string[])[]): number {
  const [first = []] = folders;
  const length = first.findIndex((name, i) => folders.some((each) => each[i] !== name));
  return length < 0 ? first.length : length;
}
