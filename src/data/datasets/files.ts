/**
 * The files of a dataset by name, whatever the capitals and the Unicode form in which they were written.
 *
 * macOS and some archives store an umlaut as two code points (NFD), others as one (NFC); a dataset.json that was
 * written on one system names files of another.
 *
 * @module
 */
import { messageOf, UserError } from "../../core/errors.ts";
import { endingOf } from "../formats/registry.ts";

/** One name in a folder. */
export interface FolderEntry {
  /** As it is on the disk. */
  readonly name: string;
  readonly isDirectory: boolean;
}

/** The file's name without folder and ending, in NFC. */
export function caseId(path: string): string {
  const name = path.replace(/^.*\//, "");
  return name.slice(0, name.length - endingOf(name).length).normalize();
}

/** Whether a name is a volume's, of a pair that of its header; hidden files (macOS' ._x among them) are none. */
export function isVolume({ name, isDirectory }: FolderEntry): boolean {
  return !isDirectory && !name.startsWith(".") && endingOf(name) !== "" && !/\.img(\.gz)?$/i.test(name);
}

/** The folders below a dataset's, each read at most once. Paths are relative to `root`, and "" is the root. */
export class Listings {
  readonly root: string;
  readonly #read = new Map<string, Promise<readonly FolderEntry[] | undefined>>();
  readonly #names = new Map<string, NamesOfFolder>();

  /** @param root without a slash at its end. */
  constructor(root: string) {
    this.root = root;
  }

  /**
   * What lies in a folder, sorted by name; undefined where there is no such folder.
   *
   * @throws {UserError} if it cannot be read.
   */
  entries(folder = ""): Promise<readonly FolderEntry[] | undefined> {
    const known = this.#read.get(folder) ?? readFolder(this.path(folder));
    this.#read.set(folder, known);
    return known;
  }

  /** A relative path as the rest of the system opens it. */
  path(relative: string): string {
    return relative === "" ? this.root : `${this.root}/${relative}`;
  }

  /** The names of the folders in a folder, hidden ones left out. */
  async folders(folder = ""): Promise<string[]> {
    const entries = await this.entries(folder) ?? [];
    return entries.filter(({ name, isDirectory }) => isDirectory && !name.startsWith(".")).map(({ name }) => name);
  }

  /**
   * The names of the volumes directly in a folder, sorted; hidden files are left out, a pair counts by its .hdr.
   *
   * @throws {UserError} if the folder does not exist, or two names differ by their Unicode form only.
   */
  async volumes(folder = ""): Promise<string[]> {
    const entries = await this.entries(folder);
    if (!entries) throw new UserError("opening a dataset: the folder must exist", { where: this.path(folder) });
    const names = entries.filter(isVolume).map(({ name }) => name);
    requireOneForm(names, this.path(folder));
    return names;
  }

  /**
   * The relative path of what `relative` names: exactly, else in another Unicode form, else in other capitals.
   *
   * @throws {UserError} if two names fit equally well.
   */
  async find(relative: string): Promise<string | undefined> {
    let found = "";
    for (const segment of relative.split("/")) {
      if (segment === "" || segment === ".") continue;
      const names = this.#names.get(found) ?? namesOf(await this.entries(found) ?? []);
      this.#names.set(found, names);
      const name = nameLike(segment, names, this.path(found));
      if (name === undefined) return undefined;
      found = found === "" ? name : `${found}/${name}`;
    }
    return found;
  }
}

/** A folder's names by their Unicode form, and by that in small letters. */
interface NamesOfFolder {
  readonly byForm: ReadonlyMap<string, string[]>;
  readonly folded: ReadonlyMap<string, string[]>;
}

function namesOf(entries: readonly FolderEntry[]): NamesOfFolder {
  const names = entries.map(({ name }) => name);
  return {
    byForm: Map.groupBy(names, (name) => name.normalize()),
    folded: Map.groupBy(names, (name) => name.normalize().toLowerCase()),
  };
}

function nameLike(wanted: string, { byForm, folded }: NamesOfFolder, where: string): string | undefined {
  const form = wanted.normalize();
  const inForm = byForm.get(form) ?? [];
  requireOneForm(inForm, where);
  const found = inForm.length > 0 ? inForm : folded.get(form.toLowerCase()) ?? [];
  if (found.length > 1) {
    throw new UserError(`opening a dataset: ${wanted} must fit one name, whatever the capitals`, {
      where,
      value: found.join(", "),
    });
  }
  return found[0];
}

function requireOneForm(names: readonly string[], where: string): void {
  const seen = new Set<string>();
  for (const name of names) {
    const form = name.normalize();
    if (seen.has(form)) {
      throw new UserError("opening a dataset: no two names may differ by their Unicode form (NFC, NFD) only", {
        where,
        value: form,
      });
    }
    seen.add(form);
  }
}

async function readFolder(path: string): Promise<readonly FolderEntry[] | undefined> {
  const entries: FolderEntry[] = [];
  try {
    for await (const { name, isDirectory, isSymlink } of Deno.readDir(path)) {
      entries.push({ name, isDirectory: isSymlink ? await leadsToFolder(`${path}/${name}`) : isDirectory });
    }
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound || cause instanceof Deno.errors.NotADirectory) return undefined;
    const isForbidden = cause instanceof Deno.errors.PermissionDenied;
    const rule = isForbidden ? "the folder must be readable for this user" : messageOf(cause);
    throw new UserError(`opening a dataset: ${rule}`, { where: path, cause });
  }
  return entries.sort((a, b) => a.name < b.name ? -1 : 1);
}

/** A link to nothing counts as a file: whoever needs it says that it leads nowhere. */
async function leadsToFolder(path: string): Promise<boolean> {
  return await Deno.stat(path).then(({ isDirectory }) => isDirectory, () => false);
}
