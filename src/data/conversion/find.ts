/**
 * What below a folder can become NIfTI files: DICOM series, and volumes of the other formats that are read.
 *
 * @module
 */
import { basename, join, relative } from "@std/path";
import { UserError } from "../../core/errors.ts";
import { findSeries, foldersBelow } from "../dicom/find.ts";
import { seriesOf } from "../dicom/series.ts";
import { endingOf, formatOf } from "../formats/registry.ts";

/** One volume to be converted. */
export interface Source {
  /** What its file is to be called, without ending. */
  readonly id: string;
  /** Another source's id, or its own: the first of the same patient's, as far as DICOM tells. */
  readonly subject: string;
  /** What its voxels are read from: a file, of a DICOM series that of one slice. */
  readonly path: string;
}

/** What was found. */
export interface Sources {
  /** By name. */
  readonly sources: readonly Source[];
  /** What cannot be converted. */
  readonly faults: readonly UserError[];
  /** What was left out, a sentence each. */
  readonly notes: readonly string[];
}

/**
 * Looks at every file's header; no voxels are read.
 *
 * @throws {UserError} if a folder cannot be read, or there is nothing to convert.
 */
export async function findSources(root: string, options: { signal?: AbortSignal } = {}): Promise<Sources> {
  const { series, faults: damaged, notes } = await findSeries(root, options);
  const faults = [...damaged], sources: Source[] = [];
  for (const { id, subject, slices, fault } of series) {
    try {
      if (fault) throw fault;
      seriesOf(slices);
      sources.push({ id, subject, path: slices[0].path });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      faults.push(error);
    }
  }
  const taken = new Set(sources.map(({ id }) => id));
  for (const path of await otherVolumes(root)) {
    const id = idOf(root, path);
    if (taken.has(id)) {
      faults.push(new UserError("converting: every volume must have a name of its own", { where: path, value: id }));
    } else sources.push({ id, subject: id, path });
    taken.add(id);
  }
  if (sources.length === 0 && faults.length === 0) {
    const left = notes.length > 0 ? `; ${notes[0]}` : "";
    throw new UserError(`converting: the folder must hold DICOM series, .mha, .mhd, .nrrd or .nhdr files${left}`, {
      where: root,
    });
  }
  return { sources: sources.sort((a, b) => a.id < b.id ? -1 : 1), faults, notes };
}

async function otherVolumes(root: string): Promise<string[]> {
  const found: string[] = [];
  for (const folder of await foldersBelow(root)) {
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      const isOther = ![undefined, "nifti"].includes(formatOf(name)?.name);
      if (!isDirectory && !name.startsWith(".") && isOther) found.push(join(folder, name));
    }
  }
  return found.sort();
}

function idOf(root: string, path: string): string {
  const below = relative(root, path) || basename(path);
  return below.slice(0, below.length - endingOf(below).length).replaceAll("/", "_").normalize();
}
