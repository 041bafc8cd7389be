/**
 * The elements of a DICOM file, by dicom-parser, which is loaded when the first such file is met.
 *
 * It knows where elements lie and decodes those only that are asked for, has no dependencies and takes 0.6 MB. dcmjs
 * (11 MB) decodes all elements and logs odd values, a patient's among them; daikon takes 15 MB, @itk-wasm/dicom 32 MB;
 * dcm2niix as WebAssembly takes 1.6 MB, and tells of a missing slice in its log only.
 *
 * @module
 */
import type { DataSet } from "dicom-parser";
import { constants, inflateRawSync } from "node:zlib";
import { UserError } from "../../core/errors.ts";
import { readStart } from "../nifti/bytes.ts";

/** For errors. */
export const DOING = "reading a DICOM file";

/** The pixels, behind which nothing is read. */
export const PIXELS = "x7fe00010";

/** Bytes that hold most files' elements before the pixels; then the whole file. */
const STARTS = [2 ** 14, 2 ** 18, Infinity];

/** Where the prefix stands (PS3.10, section 7.1). */
const PREFIX = 128;

/** How files' names end, in small letters; many have no ending. */
export const ENDINGS: readonly string[] = [".dcm", ".dicom", ".ima"];

/** Whether a name is one that programs give to DICOM files. */
export function isCalledDicom(name: string): boolean {
  return ENDINGS.some((ending) => name.toLowerCase().endsWith(ending));
}

/** Whether these are the first bytes of a DICOM file. */
export function isDicom(bytes: Uint8Array): boolean {
  return bytes.length >= PREFIX + 4 && String.fromCharCode(...bytes.subarray(PREFIX, PREFIX + 4)) === "DICM";
}

/**
 * The elements before the pixels of a file; undefined for what is no DICOM file.
 *
 * @throws {UserError} if it cannot be read or is damaged.
 */
export async function readElements(path: string): Promise<DataSet | undefined> {
  for (const length of STARTS) {
    const isWhole = length === Infinity;
    const bytes = isWhole ? await Deno.readFile(path) : await readStart(path, length);
    if (!isDicom(bytes)) return undefined;
    const isAll = isWhole || bytes.length < length;
    try {
      const found = await parse(bytes, { untilTag: PIXELS });
      if (found.elements[PIXELS] || isAll) return found;
    } catch (error) {
      if (isAll) throw error instanceof UserError ? error : damaged(path, error);
    }
  }
  return undefined;
}

/**
 * All elements of a file.
 *
 * @throws {UserError} if it cannot be read or is damaged.
 */
export async function readAllElements(path: string): Promise<DataSet> {
  const bytes = await Deno.readFile(path).catch((cause) => {
    throw new UserError(`${DOING}: the file must be readable`, { where: path, cause });
  });
  try {
    return await parse(bytes, {});
  } catch (error) {
    throw damaged(path, error);
  }
}

async function parse(bytes: Uint8Array, options: { untilTag?: string }): Promise<DataSet> {
  const { default: { parseDicom } } = await import("dicom-parser");
  return parseDicom(bytes, { ...options, inflater });
}

/** Of a deflated file: what stands before `position` is not packed (PS3.5, A.5). */
function inflater(bytes: Uint8Array, position: number): Uint8Array {
  const unpacked = inflateRawSync(bytes.subarray(position), { finishFlush: constants.Z_SYNC_FLUSH });
  const all = new Uint8Array(position + unpacked.length);
  all.set(bytes.subarray(0, position));
  all.set(unpacked, position);
  return all;
}

/** The library throws strings and objects. What it says names no values, but is of no use to others than programmers. */
function damaged(path: string, cause: unknown): UserError {
  return new UserError(`${DOING}: its elements must be whole and intact`, { where: path, cause });
}
