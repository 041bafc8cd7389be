/**
 * Headers that are text at the beginning of a file: reading them, numbers in them, and the file that they name.
 *
 * @module
 */
import { dirname, join } from "@std/path";
import { UserError } from "../../core/errors.ts";
import { type Announced, type Packing, readStart, readVoxelBytes, requireVoxelBytes } from "../nifti/bytes.ts";
import { decodeValues } from "../nifti/datatypes.ts";
import type { NiftiHeader } from "../nifti/header.ts";
import { type NiftiImage, requireReal } from "../nifti/image.ts";
import type { VolumeFormat } from "./format.ts";

/** Bytes read at first; four times as many as long as the header goes on. */
const FIRST = 4096;
/** No header is longer: each that was met had less than 10 KiB. */
const MOST = 2 ** 20;

/** What a text header says. */
export interface TextHeader {
  readonly header: NiftiHeader;
  /** The file that holds the voxels. */
  readonly file: string;
  /** Where in it they begin; below zero, they are its last bytes. */
  readonly from: number;
  readonly packing: Packing;
}

/** A format of which `parse` understands the header. */
export function textFormat(
  named: Pick<VolumeFormat, "name" | "title" | "endings">,
  parse: (path: string) => Promise<TextHeader>,
): VolumeFormat {
  return {
    ...named,
    async readHeader(path) {
      const described = await parse(path);
      await requireVoxelBytes(described.file, await announcedBy(described), path);
      return described.header;
    },
    async readImage(path, { signal } = {}): Promise<NiftiImage> {
      signal?.throwIfAborted();
      const described = await parse(path), { header, file } = described;
      requireReal(header, path);
      const bytes = await readVoxelBytes(file, await announcedBy(described), { where: path, signal });
      return { where: path, header, values: decodeValues(bytes, header.datatype, header.littleEndian) };
    },
  };
}

async function announcedBy({ header, file, from, packing }: TextHeader): Promise<Announced> {
  const { dims, datatype } = header;
  const length = dims.reduce((product, extent) => product * extent, datatype.bytes);
  const begin = from < 0 ? Math.max(0, (await Deno.stat(file)).size - length) : from;
  return { offset: 0, length, text: `${dims.join("x")} voxels of ${datatype.name}`, stream: { from: begin, packing } };
}

/**
 * The text before the byte that `endOf` finds, and that byte's number.
 *
 * @param endOf of the first bytes, as Latin-1: where the voxels begin; undefined as long as the header goes on
 * @throws {UserError} if the file cannot be read; undefined is returned if the header has no end.
 */
export async function readTextHeader(
  path: string,
  endOf: (text: string) => number | undefined,
): Promise<{ text: string; end: number } | undefined> {
  for (let length = FIRST;; length *= 4) {
    const bytes = await readStart(path, length);
    const text = new TextDecoder("latin1").decode(bytes);
    const end = endOf(text);
    if (end !== undefined) return { text: text.slice(0, end), end };
    if (bytes.length < length || length >= MOST) return undefined;
  }
}

/** The fields of a text header, by name. */
export type Fields = ReadonlyMap<string, string>;

/** What is read of fields, and the refusal of what cannot be. */
export interface FieldReader {
  refuse: (rule: string, value?: string) => UserError;
  /** A field's text. @throws {UserError} unless it is there. */
  needed: (key: string) => string;
  /** The numbers in a text, parted by blanks and commas. @throws {UserError} unless there are `count` finite ones. */
  numbers: (text: string, field: string, count: number) => number[];
}

/** Reads the fields of the header at `where`. */
export function fieldReader(fields: Fields, { doing, where }: { doing: string; where: string }): FieldReader {
  const refuse = (rule: string, value?: string) => new UserError(`${doing}: ${rule}`, { where, value });
  return {
    refuse,
    needed: (key) => {
      const value = fields.get(key);
      if (value === undefined) throw refuse(`the field ${key} must be there`);
      return value;
    },
    numbers: (text, field, count) => {
      const words = text.trim().split(/[\s,]+/);
      const numbers = words.map(Number);
      if (words.length === count && words[0] !== "" && numbers.every(Number.isFinite)) return numbers;
      throw refuse(`${field} must be ${count === 1 ? "a number" : `${count} numbers`}`, text.trim().slice(0, 80));
    },
  };
}

/**
 * The path of the file of voxels that a header names.
 *
 * @throws {UserError} if it would lie outside the header's folder, or is not there.
 */
export async function voxelFileBeside(path: string, named: string, doing: string): Promise<string> {
  const plain = named.replaceAll("\\", "/");
  if (/^(\/|[a-z]:)/i.test(plain) || plain.split("/").includes("..")) {
    throw new UserError(`${doing}: the file of the voxels must lie in the header's folder`, {
      where: path,
      value: named,
    });
  }
  const file = join(dirname(path), plain);
  const info = await Deno.stat(file).catch((cause) => {
    const rule = "the file of the voxels, which the header names, must be there and readable";
    throw new UserError(`${doing}: ${rule}`, { where: path, value: named, cause });
  });
  if (info.isFile) return file;
  throw new UserError(`${doing}: the voxels must be in a file`, { where: path, value: named });
}
