/**
 * What is read of a slice's file: how its pixels are stored, where they lie, and to which series they belong.
 *
 * Of what tells who the patient is, a digest is kept, to be compared; the description of a series is kept only as far as
 * a file's name may show it. See PS3.3 for the attributes.
 *
 * @module
 */
import type { DataSet } from "dicom-parser";
import { createHash } from "node:crypto";
import { PIXELS, readElements } from "./parser.ts";

/** One file of a series. */
export interface Slice {
  readonly path: string;
  /** How the file is written (0002,0010). */
  readonly transferSyntax: string;
  /** What the object is (0008,0016). */
  readonly sopClass: string;
  /** This object (0008,0018). */
  readonly instance: string;
  /** Its study (0020,000D). */
  readonly study: string;
  /** In which its place is told, together with other series (0020,0052); "" where that is not said. */
  readonly frameOfReference: string;
  /** Its series (0020,000E). */
  readonly series: string;
  /** Its number (0020,0011), where there is one. */
  readonly seriesNumber?: number;
  /** Its description (0008,103E), of signs that a file's name may have; "" where it may tell of the patient. */
  readonly description: string;
  /** A digest of the patient's id and name, for comparing. */
  readonly person: string;
  /** A scout, by which slices are planned. */
  readonly isLocaliser: boolean;
  /** Many slices in one picture, as Siemens writes them. */
  readonly isMosaic: boolean;
  readonly hasPixels: boolean;
  readonly frames: number;
  readonly samples: number;
  readonly photometric: string;
  readonly rows: number;
  readonly columns: number;
  readonly bitsAllocated: number;
  readonly bitsStored: number;
  readonly highBit: number;
  readonly isSigned: boolean;
  readonly slope: number;
  readonly intercept: number;
  /** Values go through a table instead of slope and intercept. */
  readonly hasTable: boolean;
  /** Between rows and between columns, in mm. */
  readonly pixelSpacing?: readonly number[];
  readonly thickness?: number;
  /** Along a row, then along a column: to the left, back and top. */
  readonly orientation?: readonly number[];
  /** The middle of the first pixel in mm: to the left, back and top. */
  readonly position?: readonly number[];
}

/**
 * Reads a file's elements before the pixels; undefined for what is no DICOM file, or one of no series.
 *
 * @throws {UserError} if it cannot be read or is damaged.
 */
export async function readSlice(path: string): Promise<Slice | undefined> {
  const elements = await readElements(path);
  const series = elements?.string("x0020000e");
  return elements && series ? sliceOf(elements, path, series) : undefined;
}

function sliceOf(elements: DataSet, path: string, series: string): Slice {
  const text = (tag: string) => elements.string(tag) ?? "";
  const seriesNumber = elements.intString("x00200011");
  const kinds = text("x00080008").toUpperCase().split("\\");
  const integer = (tag: string, otherwise: number) => elements.uint16(tag) ?? otherwise;
  const bitsAllocated = integer("x00280100", 0);
  const bitsStored = integer("x00280101", bitsAllocated);
  const real = (tag: string, otherwise: number) => {
    const value = elements.floatString(tag);
    return value !== undefined && Number.isFinite(value) ? value : otherwise;
  };
  const thickness = real("x00180050", 0);
  return {
    path,
    transferSyntax: text("x00020010"),
    sopClass: text("x00080016"),
    instance: text("x00080018"),
    study: text("x0020000d"),
    frameOfReference: text("x00200052"),
    series,
    ...(seriesNumber !== undefined && Number.isFinite(seriesNumber) && { seriesNumber }),
    description: safeDescription(text("x0008103e"), ["x00100010", "x00100020", "x00080050", "x00101001"].map(text)),
    person: createHash("sha256").update(`${text("x00100020")}\n${text("x00100010")}`).digest("hex"),
    isLocaliser: kinds.includes("LOCALIZER"),
    isMosaic: kinds.includes("MOSAIC"),
    hasPixels: PIXELS in elements.elements,
    frames: elements.intString("x00280008") ?? 1,
    samples: integer("x00280002", 1),
    photometric: text("x00280004"),
    rows: integer("x00280010", 0),
    columns: integer("x00280011", 0),
    bitsAllocated,
    bitsStored,
    highBit: integer("x00280102", bitsStored - 1),
    isSigned: integer("x00280103", 0) === 1,
    slope: real("x00281053", 1),
    intercept: real("x00281052", 0),
    hasTable: "x00283000" in elements.elements,
    ...optional("pixelSpacing", numbersOf(text("x00280030"), 2)),
    ...(thickness > 0 && { thickness }),
    ...optional("orientation", numbersOf(text("x00200037"), 6)),
    ...optional("position", numbersOf(text("x00200032"), 3)),
  };
}

function optional<Key extends string, Value>(key: Key, value: Value | undefined): Partial<Record<Key, Value>> {
  const found: Partial<Record<Key, Value>> = {};
  if (value !== undefined) found[key] = value;
  return found;
}

function numbersOf(text: string, count: number): number[] | undefined {
  const numbers = text.split("\\").map((word) => word.trim() === "" ? NaN : Number(word));
  return numbers.length === count && numbers.every(Number.isFinite) ? numbers : undefined;
}

/** Signs of a description in a file's name. */
const LONGEST = 40;
/** Numbers as long as this may be a date, or a number of the patient's. */
const LONG_NUMBER = /\d{6}/;

/**
 * A description as a part of a file's name.
 *
 * @param personal what tells who the patient is: none of it, down to words of three signs, may be in the description
 */
export function safeDescription(description: string, personal: readonly string[]): string {
  const words = (text: string) => text.toLowerCase().split(/[^\p{L}\p{N}]+/u).filter((word) => word.length >= 3);
  const plain = description.toLowerCase();
  if (LONG_NUMBER.test(description) || personal.some((text) => words(text).some((word) => plain.includes(word)))) {
    return "";
  }
  return description.replace(/[^A-Za-z0-9+.-]+/g, "_").replace(/^[_.-]+/, "").slice(0, LONGEST).replace(/[_.-]+$/, "");
}
