/**
 * DICOM series as volumes: a path is that of one slice, whose series is the volume, or that of a folder with one series.
 *
 * @module
 */
import { basename, dirname, join } from "@std/path";
import { UserError } from "../../core/errors.ts";
import type { VolumeFormat } from "../formats/format.ts";
import { readStart } from "../nifti/bytes.ts";
import { scanFolder, type ScannedFolder } from "./find.ts";
import { ENDINGS, isCalledDicom, isDicom } from "./parser.ts";
import { type Series, seriesOf, titleOf } from "./series.ts";
import { readVoxels } from "./voxels.ts";

/** See {@linkcode VolumeFormat}; it is asked for what {@linkcode isDicomPath} says. */
export const dicom: VolumeFormat = {
  name: "dicom",
  title: "DICOM",
  endings: ENDINGS,
  async readHeader(path) {
    return (await seriesAt(path)).header;
  },
  async readImage(path, { signal } = {}) {
    const series = await seriesAt(path);
    return { where: path, header: series.header, values: await readVoxels(series, { signal }) };
  },
};

/** Whether a path without an ending of volumes is a slice's, by its name or how it begins, or that of a folder. */
export async function isDicomPath(path: string): Promise<boolean> {
  if (isCalledDicom(path)) return true;
  const info = await Deno.stat(path).catch(() => undefined);
  if (!info?.isFile) return info?.isDirectory ?? false;
  return isDicom(await readStart(path, 132));
}

/** The folder that was read last: a header is asked for several times, and each is read from all files. */
let last: { readonly folder: string; readonly state: string; readonly scanned: ScannedFolder } | undefined;

/**
 * The series of a slice, or of a folder that holds one.
 *
 * @throws {UserError} if there is none or several, or it is no volume that can be read.
 */
export async function seriesAt(path: string): Promise<Series> {
  const info = await Deno.stat(path).catch((cause) => {
    throw new UserError("reading a DICOM series: the file or folder must exist", { where: path, cause });
  });
  const folder = info.isDirectory ? path : dirname(path);
  const { slices, faults } = await scannedOnce(folder);
  if (faults.length > 0) throw faults[0];
  const pictures = slices.filter(({ hasPixels }) => hasPixels);
  const own = info.isDirectory ? pictures[0] : slices.find((slice) => basename(slice.path) === basename(path));
  if (!own) {
    const rule = info.isDirectory ? "the folder must hold slices (DICOM)" : "the file must be a slice (DICOM)";
    throw new UserError(`reading a DICOM series: ${rule}`, { where: path });
  }
  const series = Map.groupBy(pictures, (slice) => slice.series);
  if (info.isDirectory && series.size > 1) {
    throw new UserError("reading a DICOM series: of a folder with several, a slice's file must be named", {
      where: path,
      value: [...series.values()].map(([first]) => titleOf(first)).join(", "),
    });
  }
  return seriesOf(series.get(own.series) ?? [own]);
}

async function scannedOnce(folder: string): Promise<ScannedFolder> {
  const state = await stateOf(folder);
  if (last?.folder === folder && last.state === state) return last.scanned;
  const scanned = await scanFolder(folder);
  last = { folder, state, scanned };
  return scanned;
}

/** The names, sizes and times of a folder's files: looking at them takes a tenth of reading what they say. */
async function stateOf(folder: string): Promise<string> {
  const states: string[] = [];
  for await (const { name } of Deno.readDir(folder)) {
    const info = await Deno.stat(join(folder, name)).catch(() => undefined);
    states.push(`${name} ${info?.size} ${info?.mtime?.getTime()}`);
  }
  return states.sort().join("\n");
}
