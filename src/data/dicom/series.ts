/**
 * One series of slices as one volume: what must hold of them, and where they lie.
 *
 * @module
 */
import { basename, dirname } from "@std/path";
import { UserError } from "../../core/errors.ts";
import { perAxis, type Triple } from "../../core/triple.ts";
import { datatypeNamed } from "../formats/datatypes_by_name.ts";
import { headerOfGrid } from "../formats/grid.ts";
import type { NiftiHeader } from "../nifti/header.ts";
import type { Slice } from "./slice.ts";
import { transferSyntax } from "./transfer_syntaxes.ts";

/** A series whose slices make a volume. */
export interface Series {
  /** From right or front or foot, as the normal to rows and columns says. */
  readonly slices: readonly Slice[];
  readonly header: NiftiHeader;
}

const DOING = "reading a DICOM series";
const DCM2NIIX = "dcm2niix can convert it";

/** What people call a series, without anything of the patient. */
export function titleOf({ seriesNumber, description }: Pick<Slice, "seriesNumber" | "description">): string {
  const number = seriesNumber === undefined ? "a series" : `series ${seriesNumber}`;
  return description === "" ? number : `${number} (${description})`;
}

/**
 * Puts the slices of one series in order.
 *
 * @throws {UserError} naming folder and series, unless they make one volume that can be read.
 */
export function seriesOf(slices: readonly Slice[]): Series {
  const where = `${dirname(slices[0].path)}, ${titleOf(slices[0])}`;
  for (const slice of slices) requireReadable(slice, where);
  requireAlike(slices, where);
  const [columns, rows] = directionsOf(slices, where);
  const normal = cross(columns, rows);
  const places = slices.map((slice) => {
    const position = tripleOf(slice.position!);
    return { slice, position, depth: dot(position, normal) };
  }).sort((a, b) => a.depth - b.depth || (a.slice.path < b.slice.path ? -1 : 1));
  requireEven(places, where);
  const sorted = places.map(({ slice }) => slice), [first] = sorted;
  const step = stepOf(places, normal, where);
  const isScaledAlike = sorted.every(({ slope, intercept }) => slope === first.slope && intercept === first.intercept);
  const integers = `${first.isSigned ? "" : "u"}int${first.bitsAllocated}`;
  const [betweenRows, betweenColumns] = first.pixelSpacing!;
  const length = Math.hypot(...step);
  const header = headerOfGrid({
    dims: [first.columns, first.rows, sorted.length],
    spacing: [betweenColumns, betweenRows, length],
    place: { directions: [columns, rows, perAxis((row) => step[row] / length)], origin: places[0].position },
    datatype: datatypeNamed(isScaledAlike ? integers : "float32"),
    littleEndian: true,
    ...(isScaledAlike && { slope: first.slope, intercept: first.intercept }),
  }, { doing: DOING, where });
  return { slices: sorted, header };
}

/** What must hold of each slice by itself. */
function requireReadable(slice: Slice, where: string): void {
  const refuse = (rule: string, value?: string) => {
    throw new UserError(`${DOING}: ${rule}`, { where, value: value ?? basename(slice.path) });
  };
  const { frames, samples, photometric, bitsAllocated, bitsStored, highBit } = slice;
  if (frames > 1) refuse(`each slice must be a file of its own, not a frame (enhanced, multi-frame); ${DCM2NIIX}`);
  if (slice.isMosaic) refuse(`each slice must be a picture of its own, not a part of a mosaic; ${DCM2NIIX}`);
  if (samples !== 1 || !/^MONOCHROME[12]$/.test(photometric)) {
    refuse("pixels must be of one grey value, not of colours", `${basename(slice.path)}, ${photometric}`);
  }
  const { pixels, name } = transferSyntax(slice.transferSyntax);
  if (!pixels) {
    const rule =
      "pixels must be stored plain, or packed as RLE, JPEG lossless, JPEG-LS or JPEG 2000; gdcmconv --raw or " +
      "dcmdjpeg unpack others";
    refuse(rule, `${basename(slice.path)}, ${name}`);
  }
  if (slice.hasTable) refuse(`values must follow from a slope and an intercept, not from a table`);
  if (
    ![8, 16, 32].includes(bitsAllocated) || !(bitsStored >= 1 && bitsStored <= highBit + 1 && highBit < bitsAllocated)
  ) {
    refuse("pixels must have 8, 16 or 32 bits", `${basename(slice.path)}, ${bitsAllocated}, of which ${bitsStored}`);
  }
  if (!slice.orientation || !slice.position || !slice.pixelSpacing) {
    refuse("every slice must say where it lies (its position, its orientation and how far its pixels are apart)");
  }
}

/** Of the same number of millimetres; scanners write six digits. */
const SAME_SIZE = 1e-3;

function requireAlike(slices: readonly Slice[], where: string): void {
  const [first] = slices;
  const shown = ({ rows, columns, bitsAllocated, isSigned, pixelSpacing = [] }: Slice) =>
    `${columns} x ${rows} pixels of ${isSigned ? "" : "u"}int${bitsAllocated}, ${pixelSpacing.join(" x ")} mm`;
  const other = slices.find((slice) =>
    slice.rows !== first.rows || slice.columns !== first.columns || slice.bitsAllocated !== first.bitsAllocated ||
    slice.isSigned !== first.isSigned ||
    slice.pixelSpacing!.some((size, i) => Math.abs(size - first.pixelSpacing![i]) > SAME_SIZE * size)
  );
  if (other) {
    const pair = [first, other].map((slice) => `${basename(slice.path)}: ${shown(slice)}`).join("; ");
    throw new UserError(`${DOING}: all slices must have the same size and kind of pixels`, { where, value: pair });
  }
  const seen = new Map<string, Slice>();
  for (const slice of slices) {
    const twin = slice.instance === "" ? undefined : seen.get(slice.instance);
    if (twin) {
      throw new UserError(`${DOING}: a slice must be there once, not in two files`, {
        where,
        value: `${basename(twin.path)} and ${basename(slice.path)}`,
      });
    }
    seen.set(slice.instance, slice);
  }
}

/** How far directions may differ, as a difference of unit vectors: 0.06 degrees. */
const SAME_DIRECTION = 1e-3;

/** Along a row, and along a column, of length 1. */
function directionsOf(slices: readonly Slice[], where: string): [Triple, Triple] {
  const [first] = slices;
  const other = slices.find(({ orientation }) =>
    orientation!.some((value, i) => Math.abs(value - first.orientation![i]) > SAME_DIRECTION)
  );
  if (other) {
    throw new UserError(`${DOING}: all slices must be turned alike; several orientations are several volumes`, {
      where,
      value: `${basename(first.path)} and ${basename(other.path)}`,
    });
  }
  const [columns, rows] = [unit(first.orientation!.slice(0, 3)), unit(first.orientation!.slice(3))];
  if (!(Math.abs(dot(columns, rows)) < SAME_DIRECTION)) {
    throw new UserError(`${DOING}: rows and columns must be at right angles`, {
      where,
      value: first.orientation!.join(" "),
    });
  }
  return [columns, rows];
}

interface Place {
  readonly slice: Slice;
  readonly position: Triple;
  /** Along the normal, in mm. */
  readonly depth: number;
}

/** Of the distance of slices: a slice may be so far from its place, since some scanners write tenths of mm only. */
const EVEN = 0.1;

/** @throws {UserError} unless the slices are as far apart from one another everywhere. */
function requireEven(places: readonly Place[], where: string): void {
  const gaps = places.slice(1).map(({ depth }, i) => depth - places[i].depth);
  if (gaps.length === 0) return;
  const usual = gaps.toSorted((a, b) => a - b)[(gaps.length - 1) >> 1];
  const shared = gaps.findIndex((gap) => gap <= SAME_SIZE * Math.max(usual, 1));
  if (shared >= 0) {
    const files = places.slice(shared, shared + 2).map(({ slice }) => basename(slice.path)).join(" and ");
    const rule = "a series must be one volume; two slices lie in one place, as where it holds several times, echoes " +
      "or directions";
    throw new UserError(`${DOING}: ${rule}; ${DCM2NIIX}`, { where, value: files });
  }
  const step = (places.at(-1)!.depth - places[0].depth) / gaps.length;
  const isEven = places.every(({ depth }, i) => Math.abs(depth - places[0].depth - i * step) <= EVEN * step);
  if (isEven && gaps.every((gap) => Math.abs(gap - usual) <= 2 * EVEN * usual)) return;
  const odd = gaps.reduce((most, gap, i) => Math.abs(gap - usual) > Math.abs(gaps[most] - usual) ? i : most, 0);
  const [here, next] = places.slice(odd, odd + 2).map(({ slice }) => basename(slice.path));
  const kind = gaps[odd] > 1.5 * usual ? "slices are missing" : "the distances differ";
  throw new UserError(`${DOING}: slices must be as far apart from one another everywhere, but ${kind}`, {
    where,
    value: `${millimetres(gaps[odd])} between ${here} and ${next}, ${millimetres(usual)} elsewhere`,
  });
}

/** From one slice to the next. @throws {UserError} if the slices do not lie straight behind one another. */
function stepOf(places: readonly Place[], normal: Triple, where: string): Triple {
  const [first] = places, last = places.at(-1)!;
  if (places.length === 1) {
    const { thickness } = first.slice;
    if (thickness !== undefined) return perAxis((row) => normal[row] * thickness);
    throw new UserError(`${DOING}: a single slice must say how thick it is`, {
      where,
      value: basename(first.slice.path),
    });
  }
  const count = places.length - 1;
  const step = perAxis((row) => (last.position[row] - first.position[row]) / count);
  const length = Math.hypot(...step);
  const aside = perAxis((row) => step[row] - dot(step, normal) * normal[row]);
  const angle = Math.asin(Math.min(1, Math.hypot(...aside) / length)) * 180 / Math.PI;
  if (angle > MOST_TILT) {
    throw new UserError(`${DOING}: slices must lie straight behind one another; ${DCM2NIIX} (gantry tilt)`, {
      where,
      value: `${angle.toFixed(1)} degrees`,
    });
  }
  const bent = places.find(({ position }, i) =>
    Math.hypot(...perAxis((row) => position[row] - first.position[row] - i * step[row])) > 2 * EVEN * length
  );
  if (!bent) return step;
  throw new UserError(`${DOING}: slices must lie straight behind one another`, {
    where,
    value: `${basename(bent.slice.path)} lies aside`,
  });
}

/** Degrees between the line of slices and their normal that no training notices: 0.5 mm aside at a depth of 28 mm. */
const MOST_TILT = 1;

function millimetres(length: number): string {
  return `${Number(length.toPrecision(4))} mm`;
}

function tripleOf(values: readonly number[]): Triple {
  return perAxis((axis) => values[axis]);
}

function unit(values: readonly number[]): Triple {
  const length = Math.hypot(...values);
  return perAxis((axis) => values[axis] / length);
}

function dot(a: Triple, b: Triple): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

function cross(a: Triple, b: Triple): Triple {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}
