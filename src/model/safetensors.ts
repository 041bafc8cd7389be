/**
 * Named float32 vectors in the safetensors format, version of huggingface/safetensors 0.4: 8 bytes of little-endian
 * header length, a JSON header, then the values, contiguous and little-endian.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { decodeSafetensors, encodeSafetensors } from "./safetensors.ts";
 *
 * const bytes = encodeSafetensors([{ name: "bias", shape: [2], data: Float32Array.of(1, 2) }], { round: "7" });
 * const { vectors, metadata } = decodeSafetensors(bytes, "memory");
 * assertEquals([vectors[0].data, metadata.round], [Float32Array.of(1, 2), "7"]);
 * ```
 *
 * @module
 */
import { UserError } from "../core/errors.ts";
import { type NamedVector, sizeOf } from "../core/vectors.ts";

/** The longest header that is read, in bytes; the format's own limit is 100 MB. */
const MAX_HEADER_BYTES = 16 * 2 ** 20;

/** The key that holds the metadata, so no vector may have this name. */
const METADATA = "__metadata__";

/** What a file holds. */
export interface Safetensors {
  /** In the order of their values in the file. */
  vectors: NamedVector[];
  /** What the header says beside the tensors, text by name. */
  metadata: Record<string, string>;
}

/** The bytes of a file. @throws {RangeError} if two vectors have one name, or one does not hold what its shape says. */
export function encodeSafetensors(
  vectors: readonly NamedVector[],
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const header: [string, unknown][] = Object.keys(metadata).length > 0 ? [[METADATA, metadata]] : [];
  const names = new Set<string>([METADATA]);
  let end = 0;
  for (const { name, shape, data } of vectors) {
    if (names.has(name)) throw new RangeError(`encoding safetensors: the name ${name} must not be used twice`);
    if (data.length !== sizeOf(shape)) {
      throw new RangeError(`encoding safetensors: ${name} must hold ${sizeOf(shape)} values, got ${data.length}`);
    }
    names.add(name);
    header.push([name, { dtype: "F32", shape, data_offsets: [end, end += data.length * 4] }]);
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const start = 8 + Math.ceil(json.length / 8) * 8; // the values are aligned by padding the header with spaces
  const bytes = new Uint8Array(start + end);
  bytes.fill(0x20, 8 + json.length, start);
  bytes.set(json, 8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(start - 8), true);
  let offset = start;
  for (const { data } of vectors) {
    bytes.set(littleEndianBytes(data), offset);
    offset += data.length * 4;
  }
  return bytes;
}

/**
 * Reads a file's bytes strictly; the vectors are copies.
 *
 * @param where the file, for errors
 * @throws {UserError} if the bytes are truncated, too long, corrupt, or hold other than float32 values.
 */
export function decodeSafetensors(bytes: Uint8Array, where: string): Safetensors {
  const refuse: Refuse = refusing(where);
  if (bytes.length < 8) refuse("the file must hold at least a header's length", `${bytes.length} bytes`);
  const start = 8 + headerLength(bytes, refuse);
  if (start > bytes.length) refuse("the header must end within the file", `${start} of ${bytes.length} bytes`);
  const { metadata, entries } = parseHeader(bytes.subarray(8, start), refuse);
  const described = Object.entries(entries).map(([name, entry]) => describe(name, entry, refuse));
  described.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let offset = 0;
  for (const { name, begin, end } of described) {
    if (begin !== offset) refuse(`the values must be contiguous, ${name} must begin at byte ${offset}`, begin);
    offset = end;
  }
  if (start + offset !== bytes.length) {
    refuse("the file must end with the last value", `${bytes.length} bytes, ${start + offset} described`);
  }
  const vectors = described.map(({ name, shape, begin, end }) => ({
    name,
    shape,
    data: fromLittleEndian(bytes.subarray(start + begin, start + end)),
  }));
  return { vectors, metadata };
}

/**
 * The metadata of the file at `path`, of which only the header is read.
 *
 * @throws {UserError} if the header is truncated or corrupt.
 */
export async function readSafetensorsMetadata(path: string): Promise<Safetensors["metadata"]> {
  const refuse = refusing(path);
  using file = await Deno.open(path);
  const read = async (length: number) => {
    const bytes = new Uint8Array(length);
    for (let filled = 0; filled < length;) {
      const count = await file.read(bytes.subarray(filled));
      if (count === null) return refuse("the header must end within the file", `${filled} of ${length} bytes`);
      filled += count;
    }
    return bytes;
  };
  const length = headerLength(await read(8), refuse);
  if (8 + length > (await file.stat()).size) refuse("the header must end within the file", `${length} bytes`);
  return parseHeader(await read(length), refuse).metadata;
}

type Refuse = (rule: string, value?: unknown) => never;

function refusing(where: string): Refuse {
  return (rule, value) => {
    throw new UserError(`reading safetensors: ${rule}`, { where, value });
  };
}

/** The length of the header, in bytes, from the file's first 8. */
function headerLength(bytes: Uint8Array, refuse: Refuse): number {
  const length = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
  if (length > MAX_HEADER_BYTES) refuse(`the header must not be longer than ${MAX_HEADER_BYTES} bytes`, `${length}`);
  return Number(length);
}

/** The metadata, and the entries by name, not checked yet. */
function parseHeader(bytes: Uint8Array, refuse: Refuse) {
  const { [METADATA]: metadata = {}, ...entries } = parseNames(bytes, refuse);
  if (!isRecord(metadata) || !Object.values(metadata).every((value) => typeof value === "string")) {
    return refuse("the metadata must be texts by name");
  }
  return { metadata: { ...metadata as Record<string, string> }, entries };
}

/** The header as a record whose keys occurred once. */
function parseNames(bytes: Uint8Array, refuse: Refuse): Record<string, unknown> {
  let text: string, parsed: unknown;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    parsed = JSON.parse(text);
  } catch {
    return refuse("the header must be JSON in UTF-8");
  }
  if (!text.startsWith("{") || !isRecord(parsed)) return refuse("the header must be an object");
  const keys = topLevelKeys(text);
  const repeated = keys.find((key, index) => keys.indexOf(key) !== index);
  if (repeated !== undefined) return refuse("a name must not be used twice", repeated);
  return parsed;
}

/** The keys of a JSON object's text, repeated ones included (JSON.parse keeps the last in silence). */
function topLevelKeys(text: string): string[] {
  const keys: string[] = [];
  let depth = 0, previous = "";
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}\[\]:]/g)) {
    if (token === "{" || token === "[") depth++;
    else if (token === "}" || token === "]") depth--;
    else if (token === ":" && depth === 1) keys.push(JSON.parse(previous));
    previous = token;
  }
  return keys;
}

/** One checked entry of the header. */
function describe(name: string, entry: unknown, refuse: Refuse) {
  if (!isRecord(entry)) return refuse(`the entry ${name} must be an object`);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (dtype !== "F32") return refuse(`${name} must hold float32 values (F32)`, dtype);
  if (!isExtents(shape)) return refuse(`the shape of ${name} must be a list of extents`, shape);
  if (!isExtents(offsets) || offsets.length !== 2) return refuse(`the offsets of ${name} must be two`, offsets);
  const [begin, end] = offsets;
  if (end - begin !== sizeOf(shape) * 4) {
    return refuse(`${name} of shape [${shape}] must take ${sizeOf(shape) * 4} bytes`, end - begin);
  }
  return { name, shape, begin, end };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isExtents(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((extent) => Number.isSafeInteger(extent) && extent >= 0);
}

/** Deno runs on little-endian machines only (x86-64 and arm64), so no byte is swapped. */
function littleEndianBytes(data: Float32Array): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

function fromLittleEndian(bytes: Uint8Array): Float32Array {
  return new Float32Array(bytes.slice().buffer);
}
