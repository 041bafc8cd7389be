/**
 * What lies in a folder that holds no dataset, in words.
 *
 * @module
 */
import { foreignByBytes, foreignByName, type ForeignFormat, MAGIC_BYTES } from "../foreign_formats.ts";
import { type FolderEntry, isVolume, type Listings } from "./files.ts";

/** How deep and how far is looked. */
const DEPTH = 3;
const MOST_FOLDERS = 50;
const MOST_OPENED = 20;

interface File {
  /** From the folder that is described. */
  path: string;
  entry: FolderEntry;
}

/** What a folder holds of formats that are not read, and how to convert it, as a sentence; undefined for none. */
export async function foreignContents(listings: Listings, folder = ""): Promise<string | undefined> {
  const files = await filesBelow(listings, folder);
  const found = new Map<ForeignFormat, string[]>();
  let opened = 0;
  for (const { path, entry } of files) {
    if (entry.name.startsWith(".")) continue;
    let format = foreignByName(entry.name);
    if (!format && opened < MOST_OPENED && !isVolume(entry) && !/\.(json|tsv|csv|txt|md|db|ini)$/i.test(entry.name)) {
      opened++;
      format = foreignByBytes(await firstBytes(listings.path(folder === "" ? path : `${folder}/${path}`)));
    }
    if (format) found.set(format, [...found.get(format) ?? [], path]);
  }
  const [most] = [...found].sort(([, a], [, b]) => b.length - a.length);
  if (!most) return undefined;
  const [{ name, convert }, paths] = most;
  const others = paths.length > 1 ? ` and ${paths.length - 1} more` : "";
  return `it holds ${name} (${paths[0]}${others}), which is not read: ${convert}`;
}

/** The first volume in a folder's folders, from the folder. */
export async function volumeBelow(listings: Listings, folder = ""): Promise<string | undefined> {
  return (await filesBelow(listings, folder)).find(({ entry }) => isVolume(entry))?.path;
}

/** Formats of whole volumes: a picture or an archive beside volumes is nobody's case. */
const OF_VOLUMES = new Set(["DICOM", "GIPL", "MINC", "FreeSurfer's MGH", "packed volumes"]);

/** What a folder's volumes of formats that are not read are, as sentences about what is left out. */
export async function leftOut(listings: Listings, folder = ""): Promise<string[]> {
  const found = new Map<ForeignFormat, string[]>();
  for (const { name, isDirectory } of await listings.entries(folder) ?? []) {
    const format = isDirectory || name.startsWith(".") ? undefined : foreignByName(name);
    if (format && OF_VOLUMES.has(format.name)) found.set(format, [...found.get(format) ?? [], name]);
  }
  return [...found].map(([{ name, convert }, [first, ...others]]) => {
    const more = others.length > 0 ? ` and ${others.length} more` : "";
    return `left out: ${listings.path(folder)}: ${first}${more} in ${name}, which is not read: ${convert}`;
  });
}

/** Files by level, nearest first. */
async function filesBelow(listings: Listings, folder: string): Promise<File[]> {
  const files: File[] = [];
  let level = [""];
  let folders = 0;
  for (let depth = 0; depth < DEPTH && level.length > 0; depth++) {
    const next: string[] = [];
    for (const below of level.slice(0, MOST_FOLDERS - folders)) {
      folders++;
      const entries = await listings.entries([folder, below].filter((part) => part !== "").join("/")) ?? [];
      for (const entry of entries) {
        const path = below === "" ? entry.name : `${below}/${entry.name}`;
        if (entry.isDirectory) next.push(path);
        else files.push({ path, entry });
      }
    }
    level = next;
  }
  return files;
}

async function firstBytes(path: string): Promise<Uint8Array> {
  try {
    using file = await Deno.open(path);
    const bytes = new Uint8Array(MAGIC_BYTES);
    return bytes.subarray(0, await file.read(bytes) ?? 0);
  } catch {
    return new Uint8Array(); // what cannot be opened cannot be named either
  }
}
