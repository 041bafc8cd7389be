/**
 * A NIfTI file's header together with its voxels, as stored.
 *
 * @module
 */
import { UserError } from "../../core/errors.ts";
import { readBytes, readStart, unpack, unpackStart } from "./bytes.ts";
import { decodeValues, type RawValues } from "./datatypes.ts";
import { type NiftiHeader, parseHeader } from "./header.ts";

/** A decoded header and the bytes of all its voxels. */
export interface NiftiImage {
  readonly where: string;
  readonly header: NiftiHeader;
  /** Exactly the voxels, packed, in the file's byte order. */
  readonly voxels: Uint8Array;
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
  if (!header.datatype.view) {
    throw new UserError("reading a volume: voxels must be real numbers, up to 64 bits each", {
      where,
      value: header.datatype.name,
    });
  }
  const source = header.pair ? imageBytes : bytes;
  if (!source) {
    throw new UserError("reading a volume: the voxels of a .hdr file are in the .img file beside it", { where });
  }
  const length = header.dims.reduce((product, extent) => product * extent, 1) * header.datatype.bytes;
  const content = unpack(source, header.offset + length, where);
  if (content.length < header.offset + length) {
    throw new UserError(
      `reading a volume: ${header.dims.join("x")} voxels of ${header.datatype.name} need ${
        header.offset + length
      } bytes`,
      { where, value: `${content.length} bytes` },
    );
  }
  return { where, header, voxels: content.subarray(header.offset, header.offset + length) };
}

/**
 * Reads a .nii, .nii.gz, or either file of a .hdr/.img pair (which may be packed, too).
 *
 * @throws {UserError} as {@linkcode parseImage}, or if a file cannot be read.
 */
export async function readImage(path: string, options: { signal?: AbortSignal } = {}): Promise<NiftiImage> {
  const { signal } = options;
  const pair = pairOf(path);
  const bytes = await readBytes(pair?.header ?? path, signal);
  const where = path;
  const needsImage = parseHeader(unpackStart(bytes, where), where).pair;
  if (!needsImage) return parseImage(bytes, { where });
  if (!pair) {
    throw new UserError("reading a volume: a header whose voxels are in another file must be named .hdr", { where });
  }
  return parseImage(bytes, { where, imageBytes: await readBytes(pair.image, signal) });
}

/** Reads a file's header only. */
export async function readHeaderOf(path: string): Promise<NiftiHeader> {
  const start = await readStart(pairOf(path)?.header ?? path, 4096);
  return parseHeader(unpackStart(start, path), path);
}

/** Scaled or not, the values of voxels `start` to `start + count`. */
export function rawValues(image: NiftiImage, start: number, count: number): RawValues {
  const { datatype, littleEndian } = image.header;
  return decodeValues(
    image.voxels.subarray(start * datatype.bytes, (start + count) * datatype.bytes),
    datatype,
    littleEndian,
  );
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
