/**
 * DICOM elements as bytes, in explicit little endian (PS3.5, section 7), and the file around them (PS3.10).
 *
 * An encoder of our own: the library that writes DICOM, dcmjs, takes 11 MB on disk and its core-js about as much again,
 * for what is a head of 8 or 12 bytes before each value.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { encodeItem, text } from "./encode.ts";
 *
 * const bytes = encodeItem([text("00080060", "CS", "SEG")]);
 * assertEquals(new TextDecoder().decode(bytes.subarray(4)), "CS\x04\0SEG ");
 * ```
 *
 * @module
 */
import { concat } from "@std/bytes/concat";

/** An element whose value is encoded. */
export interface Element {
  /** Group and number, eight hexadecimal digits. */
  readonly tag: string;
  /** How its value is written (PS3.5, table 6.2-1). */
  readonly representation: string;
  readonly value: Uint8Array;
}

/** A data set, or an item of a sequence: elements in any order, each tag once. */
export type Item = readonly Element[];

const UTF8 = new TextEncoder();

/** Text, in which several values are parted by a backslash. */
export function text(
  tag: string,
  representation: "CS" | "DA" | "DS" | "IS" | "LO" | "PN" | "SH" | "TM" | "UI",
  value: string,
): Element {
  return { tag, representation, value: padded(UTF8.encode(value), representation === "UI" ? 0 : 0x20) };
}

/** Unsigned integers, of two bytes, or as UL of four. */
export function integers(tag: string, representation: "US" | "UL", ...values: readonly number[]): Element {
  const size = representation === "UL" ? 4 : 2;
  const view = new DataView(new ArrayBuffer(values.length * size));
  values.forEach((value, i) => size === 4 ? view.setUint32(4 * i, value, true) : view.setUint16(2 * i, value, true));
  return { tag, representation, value: new Uint8Array(view.buffer) };
}

/** The tag of another element. */
export function tagOf(tag: string, other: string): Element {
  return { tag, representation: "AT", value: encodeTag(other) };
}

/** Bytes as they are. */
export function bytes(tag: string, value: Uint8Array): Element {
  return { tag, representation: "OB", value: padded(value, 0) };
}

/** A sequence of items. */
export function sequence(tag: string, ...items: readonly Item[]): Element {
  const encoded = items.flatMap((item) => {
    const content = encodeItem(item);
    return [encodeTag("fffee000"), encodeLength(content.length), content];
  });
  return { tag, representation: "SQ", value: concat(encoded) };
}

/** Elements in the order of their tags. */
export function encodeItem(elements: Item): Uint8Array<ArrayBuffer> {
  const sorted = elements.toSorted((a, b) => a.tag < b.tag ? -1 : 1);
  return concat(sorted.flatMap(({ tag, representation, value }) => {
    const isLong = representation === "OB" || representation === "SQ";
    if (!isLong && value.length >= 2 ** 16) {
      throw new RangeError(`element ${tag} is longer than ${representation} may be`);
    }
    const length = isLong
      ? [new Uint8Array(2), encodeLength(value.length)]
      : [encodeLength(value.length).subarray(0, 2)];
    return [encodeTag(tag), UTF8.encode(representation), ...length, value];
  }));
}

/** A file of a data set, after its meta information. */
export function encodeFile(
  elements: Item,
  { sopClass, instance, implementation }: { sopClass: string; instance: string; implementation: string },
): Uint8Array<ArrayBuffer> {
  const meta = encodeItem([
    bytes("00020001", new Uint8Array([0, 1])),
    text("00020002", "UI", sopClass),
    text("00020003", "UI", instance),
    text("00020010", "UI", "1.2.840.10008.1.2.1"),
    text("00020012", "UI", implementation),
  ]);
  const length = encodeItem([integers("00020000", "UL", meta.length)]);
  return concat([new Uint8Array(128), UTF8.encode("DICM"), length, meta, encodeItem(elements)]);
}

/** Values have even lengths. */
function padded(value: Uint8Array, by: number): Uint8Array {
  if (value.length % 2 === 0) return value;
  const all = new Uint8Array(value.length + 1);
  all.set(value);
  all[value.length] = by;
  return all;
}

function encodeTag(tag: string): Uint8Array {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint16(0, parseInt(tag.slice(0, 4), 16), true);
  view.setUint16(2, parseInt(tag.slice(4), 16), true);
  return new Uint8Array(view.buffer);
}

function encodeLength(length: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, length, true);
  return new Uint8Array(view.buffer);
}
