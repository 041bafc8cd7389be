/**
 * The DICOM series below a folder, each told apart by its UID, however many lie in one folder.
 *
 * @module
 */
import { basename, dirname, join, relative } from "@std/path";
import { isUserError, messageOf, UserError } from "../../core/errors.ts";
import { titleOf } from "./series.ts";
import { DOING, isCalledDicom } from "./parser.ts";
import { readSlice, type Slice } from "./slice.ts";

/** A series as its slices' headers tell it; whether they make a volume, `seriesOf` says. */
export interface FoundSeries {
  /** A name for a file: the folders from where was searched, the series' number and what its description may tell. */
  readonly id: string;
  /** The first series' id of the same patient. */
  readonly subject: string;
  /** In the order of their files' names. */
  readonly slices: readonly Slice[];
  /** Why it cannot be a volume, as far as is known without looking at where slices lie. */
  readonly fault?: UserError;
}

/** What was found. */
export interface FoundDicom {
  readonly series: readonly FoundSeries[];
  /** Files that cannot be read. */
  readonly faults: readonly UserError[];
  /** What was left out, a sentence each. */
  readonly notes: readonly string[];
}

/** What the files directly in a folder are. */
export interface ScannedFolder {
  readonly slices: readonly Slice[];
  readonly faults: readonly UserError[];
}

/**
 * Reads what the files directly in a folder say of themselves, sorted by name.
 *
 * @throws {UserError} if the folder cannot be read.
 */
export async function scanFolder(folder: string, options: { signal?: AbortSignal } = {}): Promise<ScannedFolder> {
  const slices: Slice[] = [], faults: UserError[] = [];
  for (const { name, isFile } of await entriesOf(folder)) {
    if (!isFile || name.startsWith(".")) continue;
    options.signal?.throwIfAborted();
    const path = join(folder, name);
    try {
      const slice = await readSlice(path);
      if (slice) slices.push(slice);
      else if (isCalledDicom(name)) {
        const rule = "a file of this name must begin as DICOM files do (128 bytes, then DICM) and belong to a series";
        throw new UserError(`${DOING}: ${rule}`, { where: path });
      }
    } catch (error) {
      if (!isUserError(error)) throw error;
      faults.push(error instanceof UserError ? error : new UserError(messageOf(error)));
    }
  }
  return { slices, faults };
}

/**
 * Finds every series below a folder; no pixels are read.
 *
 * @throws {UserError} if the folder cannot be read.
 */
export async function findSeries(root: string, options: { signal?: AbortSignal } = {}): Promise<FoundDicom> {
  const slices: Slice[] = [], faults: UserError[] = [];
  const faulty = new Map<string, string>();
  for (const folder of await foldersBelow(root)) {
    const scanned = await scanFolder(folder, options);
    slices.push(...scanned.slices);
    faults.push(...scanned.faults);
    if (scanned.faults.length > 0) faulty.set(folder, scanned.faults[0].where ?? folder);
  }
  const notes: string[] = [], series: FoundSeries[] = [];
  const ids = new Set<string>(), persons = new Map<string, string>();
  for (const own of Map.groupBy(slices, (slice) => slice.series).values()) {
    const [first] = own, place = `${dirname(first.path)}, ${titleOf(first)}`;
    const left = whyLeftOut(own);
    if (left !== undefined) {
      if (left !== "") notes.push(`left out: ${place}: ${left}`);
      continue;
    }
    const id = unused(nameOf(root, first), ids);
    ids.add(id);
    const subject = persons.get(first.person) ?? id;
    persons.set(first.person, subject);
    const fault = faultOf(own, faulty, place);
    series.push({ id, subject, slices: own, ...(fault && { fault }) });
  }
  return { series, faults, notes };
}

/** Why a series is nobody's volume; "" where it is not even pictures. */
function whyLeftOut(slices: readonly Slice[]): string | undefined {
  if (!slices.some(({ hasPixels }) => hasPixels)) return "";
  if (slices.every(({ isLocaliser }) => isLocaliser)) return "it is a localiser";
  const isFrames = slices.some(({ frames }) => frames > 1);
  return !isFrames && slices.every(({ position }) => position === undefined)
    ? "no picture says where it lies, such as a report's"
    : undefined;
}

function faultOf(slices: readonly Slice[], faulty: ReadonlyMap<string, string>, where: string): UserError | undefined {
  const doing = "reading a DICOM series";
  const folders = [...new Set(slices.map(({ path }) => dirname(path)))];
  if (folders.length > 1) {
    return new UserError(`${doing}: all slices must lie in one folder`, {
      where,
      value: folders.slice(0, 3).join(", "),
    });
  }
  const damaged = faulty.get(folders[0]);
  if (damaged === undefined) return undefined;
  const rule = "no file of its folder may be damaged, since that may be one of its slices";
  return new UserError(`${doing}: ${rule}`, { where, value: basename(damaged) });
}

/** Signs of a name that every system has room for, with what is added to it: of deep folders the last ones count. */
const LONGEST = 100;

/** Folders are the user's own words; a series' number and description are the scanner's. */
function nameOf(root: string, { path, seriesNumber, description }: Slice): string {
  const folder = relative(root, dirname(path));
  const parts = folder === "" ? [] : folder.split("/");
  return [...parts, ...(seriesNumber === undefined ? ["series"] : [`s${seriesNumber}`]), description]
    .filter((part) => part !== "").join("_").normalize().slice(-LONGEST).replace(/^\.+/, "");
}

function unused(name: string, taken: ReadonlySet<string>): string {
  if (!taken.has(name)) return name;
  for (let number = 2;; number++) if (!taken.has(`${name}_${number}`)) return `${name}_${number}`;
}

/** A folder and all below it, each once, by name; links are followed, hidden folders are left out. */
export async function foldersBelow(root: string, seen: Set<string> = new Set()): Promise<string[]> {
  const folders = [root];
  seen.add(await Deno.realPath(root).catch(() => root));
  for (const { name, isDirectory } of await entriesOf(root)) {
    const path = join(root, name);
    if (!isDirectory || name.startsWith(".") || seen.has(await Deno.realPath(path))) continue;
    folders.push(...await foldersBelow(path, seen));
  }
  return folders;
}

/** What lies in a folder, sorted by name; of a link what it leads to, and nothing if it leads nowhere. */
async function entriesOf(folder: string): Promise<Pick<Deno.DirEntry, "name" | "isFile" | "isDirectory">[]> {
  try {
    const entries = await Array.fromAsync(Deno.readDir(folder));
    const followed = entries.map(async ({ name, isFile, isDirectory, isSymlink }) => {
      const info = isSymlink ? await Deno.stat(join(folder, name)).catch(() => undefined) : { isFile, isDirectory };
      return { name, isFile: info?.isFile ?? false, isDirectory: info?.isDirectory ?? false };
    });
    return (await Promise.all(followed)).sort((a, b) => a.name < b.name ? -1 : 1);
  } catch (cause) {
    throw new UserError(`looking for volumes: the folder must be there and readable`, { where: folder, cause });
  }
}
