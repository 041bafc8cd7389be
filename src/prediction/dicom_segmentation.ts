/**
 * A prediction as a DICOM segmentation object (PS3.3, A.51) that refers to the slices it was made from.
 *
 * What is said and how follows highdicom 0.28's `Segmentation`: binary, a frame for each slice in which a segment is,
 * each with its source, planes by segment and place. The patient's module is left empty; the study's UID tells an archive
 * whose it is. `tests/prediction/check_segmentation.py` holds it against dciodvfy
 * and highdicom.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { UserError } from "../core/errors.ts";
import type { Triple } from "../core/triple.ts";
import { bytes, type Element, encodeFile, integers, type Item, sequence, tagOf, text } from "../data/dicom/encode.ts";
import type { Series } from "../data/dicom/series.ts";
import type { Slice } from "../data/dicom/slice.ts";
import { dimsOf } from "../data/nifti/header.ts";
import type { Volume } from "../data/volume.ts";

/** Segmentation Storage (PS3.6, table A-1). */
const SOP_CLASS = "1.2.840.10008.5.1.4.1.1.66.4";
/** Of this program: a UUID, made once (PS3.5, B.2). */
const IMPLEMENTATION = "2.25.86979096594168521266675849272459257384";
/** The scheme of codes that are names of structures, nobody else's (PS3.16, table 8-2: local schemes begin with 99). */
const SCHEME = "99SYNCYTIUM";

/** What is to be told of the segments. */
export interface SegmentationOptions {
  /** Names by value; each becomes a segment, in the order of the values. */
  labels: ReadonlyMap<number, string>;
  /** What made it, as the model card has it. */
  algorithm: string;
  /** When. @default now */
  date?: Date;
  /** Makes a new UID. @default from a random UUID */
  newUid?: () => string;
}

/**
 * The bytes of a segmentation object.
 *
 * @param prediction on the grid of `series`, a label's value at each voxel
 * @throws {UserError} if the slices do not say which objects and whose study they are, or the series is too large.
 */
export function encodeSegmentation(
  prediction: Pick<Volume<Float32Array | Uint8Array>, "data" | "dims">,
  series: Series,
  options: SegmentationOptions,
): Uint8Array<ArrayBuffer> {
  const { labels, algorithm, date = new Date(), newUid = randomUid } = options;
  requireReferable(series);
  const dims = dimsOf(series.header);
  if (prediction.dims.some((extent, axis) => extent !== dims[axis])) {
    throw new RangeError(`a prediction of ${prediction.dims} is not on the grid of ${dims}`);
  }
  const values = [...labels.keys()].sort((a, b) => a - b);
  const frames = values.flatMap((value, i) =>
    framesOf(prediction.data, dims, value).map((z) => ({ z, value, segment: i + 1 }))
  );
  const [instance, organisation] = [newUid(), newUid()];
  const segments = values.map((value, i) => segmentOf(i + 1, labels.get(value)!, algorithm));
  const elements = [
    ...generalElements(series.slices[0], { instance, date, newUid }),
    ...imageElements(dims, frames.length),
    sequence("00620002", ...segments),
    sequence("00081115", [
      text("0020000e", "UI", series.slices[0].series),
      sequence("0008114a", ...series.slices.map(referenceTo)),
    ]),
    ...dimensionElements(organisation),
    sequence("52009229", sharedGroups(series)),
    sequence("52009230", ...frames.map(({ z, segment }) => frameGroups(series.slices[z], z, segment))),
    bytes("7fe00010", packedFrames(prediction.data, dims, frames)),
  ];
  return encodeFile(elements, { sopClass: SOP_CLASS, instance, implementation: IMPLEMENTATION });
}

function requireReferable({ slices }: Series): void {
  const lacking = slices.find(({ instance, sopClass, study }) => instance === "" || sopClass === "" || study === "");
  if (!lacking) return;
  throw new UserError(
    "writing a DICOM segmentation: every slice must say which object and of which study it is; deno task convert " +
      "makes a volume that can be predicted without",
    {
      where: lacking.path,
    },
  );
}

/** The slices in which a value is; one where it is nowhere, since an object has frames of every segment. */
function framesOf(data: Float32Array | Uint8Array, dims: Triple, value: number): number[] {
  const size = dims[0] * dims[1];
  const found = Array.from({ length: dims[2] }, (_, z) => z)
    .filter((z) => data.subarray(z * size, (z + 1) * size).includes(value));
  return found.length > 0 ? found : [0];
}

function generalElements(
  source: Slice,
  { instance, date, newUid }: { instance: string; date: Date; newUid: () => string },
): Element[] {
  const [day, time] = [date.toISOString().slice(0, 10).replaceAll("-", ""), date.toISOString().slice(11, 19)];
  const empty: Element[] = [
    ...["00100010", "00080090"].map((tag) => text(tag, "PN", "")),
    ...["00100030", "00080020"].map((tag) => text(tag, "DA", "")),
    ...["00200010", "00080050"].map((tag) => text(tag, "SH", "")),
    ...["00100020", "00201040"].map((tag) => text(tag, "LO", "")),
    ...[text("00100040", "CS", ""), text("00080030", "TM", ""), text("00700084", "PN", "")],
  ];
  return [
    ...empty,
    text("00080005", "CS", "ISO_IR 192"),
    text("00080008", "CS", "DERIVED\\PRIMARY"),
    text("00080016", "UI", SOP_CLASS),
    text("00080018", "UI", instance),
    text("00080023", "DA", day),
    text("00080033", "TM", time.replaceAll(":", "")),
    text("00080060", "CS", "SEG"),
    text("00080070", "LO", "syncytium"),
    text("0008103e", "LO", "Segmentation"),
    text("00081090", "LO", "syncytium"),
    text("00181000", "LO", "0"),
    text("00181020", "LO", "syncytium"),
    text("0020000d", "UI", source.study),
    text("0020000e", "UI", newUid()),
    text("00200011", "IS", String(SERIES_NUMBER + Math.max(0, source.seriesNumber ?? 0))),
    text("00200013", "IS", "1"),
    text("00200052", "UI", source.frameOfReference === "" ? newUid() : source.frameOfReference),
    text("00700080", "CS", "SEGMENTATION"),
    text("00700081", "LO", "Structures that a network has found"),
  ];
}

/** Added to the source's, so that a segmentation stands behind the series of its study. */
const SERIES_NUMBER = 90000;

function imageElements([columns, rows]: Triple, frames: number): Element[] {
  return [
    integers("00280002", "US", 1),
    text("00280004", "CS", "MONOCHROME2"),
    text("00280008", "IS", String(frames)),
    integers("00280010", "US", rows),
    integers("00280011", "US", columns),
    integers("00280100", "US", 1),
    integers("00280101", "US", 1),
    integers("00280102", "US", 0),
    integers("00280103", "US", 0),
    text("00282110", "CS", "00"),
    text("00620001", "CS", "BINARY"),
  ];
}

/** A backslash would part two values; names have 64 signs at most (PS3.5, LO). */
function longText(name: string): string {
  return name.replace(/[\\\p{Cc}]/gu, " ").slice(0, 64).trim();
}

function code(value: string, scheme: string, meaning: string): Item {
  return [text("00080100", "SH", value), text("00080102", "SH", scheme), text("00080104", "LO", longText(meaning))];
}

function segmentOf(number: number, name: string, algorithm: string): Item {
  const ofName = createHash("sha256").update(name.normalize()).digest("hex").slice(0, 12).toUpperCase();
  return [
    sequence("00620003", code("123037004", "SCT", "Anatomical Structure")),
    integers("00620004", "US", number),
    text("00620005", "LO", longText(name)),
    text("00620008", "CS", "AUTOMATIC"),
    text("00620009", "LO", longText(algorithm)),
    sequence("0062000f", code(ofName, SCHEME, name)),
  ];
}

function referenceTo({ sopClass, instance }: Slice): Item {
  return [text("00081150", "UI", sopClass), text("00081155", "UI", instance)];
}

/** Frames go by segment, then by place. */
function dimensionElements(organisation: string): Element[] {
  const dimension = (pointer: string, group: string, name: string): Item => [
    text("00209164", "UI", organisation),
    tagOf("00209165", pointer),
    tagOf("00209167", group),
    text("00209421", "LO", name),
  ];
  return [
    sequence("00209221", [text("00209164", "UI", organisation)]),
    text("00209311", "CS", "3D"),
    sequence(
      "00209222",
      dimension("0062000b", "0062000a", "Segment Number"),
      dimension("00200032", "00209113", "Image Position Patient"),
    ),
  ];
}

function sharedGroups({ slices: [first], header }: Series): Item {
  const distance = decimal(header.pixdim[2]);
  return [
    sequence("00209116", [text("00200037", "DS", first.orientation!.map(decimal).join("\\"))]),
    sequence("00289110", [
      text("00180050", "DS", distance),
      text("00180088", "DS", distance),
      text("00280030", "DS", first.pixelSpacing!.map(decimal).join("\\")),
    ]),
  ];
}

function frameGroups(source: Slice, z: number, segment: number): Item {
  const purpose = code("121322", "DCM", "Source image for image processing operation");
  return [
    sequence("00089124", [
      sequence("00082112", [
        ...referenceTo(source),
        sequence("0040a170", purpose),
        text("0028135a", "CS", "YES"),
      ]),
      sequence("00089215", code("113076", "DCM", "Segmentation")),
    ]),
    sequence("00209111", [integers("00209157", "UL", segment, z + 1)]),
    sequence("00209113", [text("00200032", "DS", source.position!.map(decimal).join("\\"))]),
    sequence("0062000a", [integers("0062000b", "US", segment)]),
  ];
}

/** One bit a voxel, the lowest of each byte first, frames without a gap (PS3.5, 8.2 and annex D). */
function packedFrames(
  data: Float32Array | Uint8Array,
  dims: Triple,
  frames: readonly { z: number; value: number }[],
): Uint8Array {
  const size = dims[0] * dims[1];
  const packed = new Uint8Array(Math.ceil(size * frames.length / 8));
  let bit = 0;
  for (const { z, value } of frames) {
    for (let i = z * size; i < (z + 1) * size; i++, bit++) if (data[i] === value) packed[bit >> 3] |= 1 << (bit & 7);
  }
  return packed;
}

/** A number of 16 signs at most (PS3.5, DS), as near as these can say. */
function decimal(value: number): string {
  for (let digits = 17; digits > 1; digits--) {
    const shown = String(Number(value.toPrecision(digits)));
    if (shown.length <= 16) return shown;
  }
  return value.toFixed(0);
}

function randomUid(): string {
  return `2.25.${BigInt(`0x${crypto.randomUUID().replaceAll("-", "")}`)}`;
}
