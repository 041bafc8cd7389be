/**
 * A NIfTI file's header together with its voxels, as stored.
 *
 * @module
 */
import { UserError } from "../../core/errors.ts";
import { type Announced, readVoxelBytes, requireVoxelBytes, voxelBytes } from "./bytes.ts";
import { decodeValues, type RawValues } from "./datatypes.ts";
import { type NiftiHeader, parseHeader } from "./header.ts";
import { readUnpackedStart, unpackStart } from "./start.ts";

/** A decoded header and all voxels. */
export interface NiftiImage {
  readonly where: string;
  readonly header: NiftiHeader;
  /** As stored, before scaling. */
  readonly values: RawValues;
}

/** Options of {@linkcode parseImage}. */
export interface ParseImageOptions {
  /** The file's name, for errors. */
  where: string;
  /** The .img file of a .hdr/.img pair. */
  imageBytes?: Uint8Array;
}

/**
 * Decodes a file that is in memory, packed by gzip or not.
 *
 * @throws {UserError} if it is no NIfTI file, is damaged, or is shorter than its header says.
 */
export function parseImage(bytes: Uint8Array, options: ParseImageOptions): NiftiImage {
  const { where, imageBytes } = options;
  const header = parseHeader(unpackStart(bytes, where), where);
  requireReal(header, where);
  const source = header.pair ? imageBytes : bytes;
  if (!source) {
    throw new UserError("reading a volume: the voxels of a .hdr file are in the .img file beside it", { where });
  }
  return imageOf(header, voxelBytes(source, announcedBy(header), where), where);
}

/**
 * Reads a .nii, .nii.gz, or either file of a .hdr/.img pair (which may be packed, too). It takes the memory of the
 * voxels as they are stored, and little more.
 *
 * @throws {UserError} as {@linkcode parseImage}, or if a file cannot be read.
 */
export async function readImage(path: string, options: { signal?: AbortSignal } = {}): Promise<NiftiImage> {
  const { signal } = options;
  signal?.throwIfAborted();
  const header = await readStartOf(path);
  requireReal(header, path);
  const bytes = await readVoxelBytes(voxelFileOf(header, path), announcedBy(header), { where: path, signal });
  return imageOf(header, bytes, path);
}

/** @throws {UserError} if the voxels are no real numbers. */
export function requireReal({ datatype }: NiftiHeader, where: string): void {
  if (datatype.view) return;
  throw new UserError("reading a volume: voxels must be real numbers, up to 64 bits each", {
    where,
    value: datatype.name,
  });
}

function announcedBy({ dims, datatype, offset }: NiftiHeader): Announced {
  const length = dims.reduce((product, extent) => product * extent, 1) * datatype.bytes;
  return { offset, length, text: `${dims.join("x")} voxels of ${datatype.name}` };
}

/** The file that holds the voxels. */
function voxelFileOf(header: NiftiHeader, path: string): string {
  const pair = pairOf(path);
  if (!header.pair) return pair?.header ?? path;
  if (pair) return pair.image;
  throw new UserError("reading a volume: a header whose voxels are in another file must be named .hdr", {
    where: path,
  });
}

function imageOf(header: NiftiHeader, bytes: Uint8Array<ArrayBuffer>, where: string): NiftiImage {
  return { where, header, values: decodeValues(bytes, header.datatype, header.littleEndian) };
}

/**
 * Reads a file's header only.
 *
 * @throws {UserError} if it cannot be read, or the file is too small for the voxels that it announces.
 */
export async function readHeaderOf(path: string): Promise<NiftiHeader> {
  const header = await readStartOf(path);
  await requireVoxelBytes(voxelFileOf(header, path), announcedBy(header), path);
  return header;
}

async function readStartOf(path: string): Promise<NiftiHeader> {
  return parseHeader(await readUnpackedStart(pairOf(path)?.header ?? path), path);
}

/** The values of voxels `start` to `start + count`, as stored. */
export function rawValues({ values }: NiftiImage, start: number, count: number): RawValues {
  return values.subarray(start, start + count);
}

/** The two files of a pair, given either. */
function pairOf(path: string): { header: string; image: string } | undefined {
  const match = /^(.*)\.(hdr|img)(\.gz)?$/i.exec(path);
  if (!match) return undefined;
  const [, stem, extension, packed = ""] = match;
  const other = extension.toLowerCase() === "hdr" ? "img" : "hdr";
  const counterpart = `${stem}.${extension === extension.toUpperCase() ? other.toUpperCase() : other}${packed}`;
  return other === "img" ? { header: path, image: counterpart } : { header: counterpart, image: path };
}
