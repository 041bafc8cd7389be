/**
 * NIfTI datatype codes (nifti1.h, `datatype`): the real ones can be decoded, the others are known by name only.
 *
 * @module
 */

/** The voxel values of one file, before scaling. */
export type RawValues =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array;

/** One datatype of the standard. */
export interface Datatype {
  readonly name: string;
  /** Bytes a voxel. */
  readonly bytes: number;
  /**
   * Views whole elements in the machine's byte order, in the same memory, which it may change; absent where a voxel is
   * no real number or has no portable layout.
   */
  readonly view?: (buffer: ArrayBuffer) => RawValues;
}

/** By code. */
export const DATATYPES: ReadonlyMap<number, Datatype> = new Map<number, Datatype>([
  [1, { name: "binary", bytes: 1 }],
  [2, { name: "uint8", bytes: 1, view: (buffer) => new Uint8Array(buffer) }],
  [4, { name: "int16", bytes: 2, view: (buffer) => new Int16Array(buffer) }],
  [8, { name: "int32", bytes: 4, view: (buffer) => new Int32Array(buffer) }],
  [16, { name: "float32", bytes: 4, view: (buffer) => new Float32Array(buffer) }],
  [32, { name: "complex64", bytes: 8 }],
  [64, { name: "float64", bytes: 8, view: (buffer) => new Float64Array(buffer) }],
  [128, { name: "RGB24", bytes: 3 }],
  [256, { name: "int8", bytes: 1, view: (buffer) => new Int8Array(buffer) }],
  [512, { name: "uint16", bytes: 2, view: (buffer) => new Uint16Array(buffer) }],
  [768, { name: "uint32", bytes: 4, view: (buffer) => new Uint32Array(buffer) }],
  [1024, { name: "int64", bytes: 8, view: (buffer) => rounded(new BigInt64Array(buffer)) }],
  [1280, { name: "uint64", bytes: 8, view: (buffer) => rounded(new BigUint64Array(buffer)) }],
  [1536, { name: "float128", bytes: 16 }],
  [1792, { name: "complex128", bytes: 16 }],
  [2048, { name: "complex256", bytes: 32 }],
  [2304, { name: "RGBA32", bytes: 4 }],
]);

const MACHINE_IS_LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/**
 * Whole voxels in the bytes' own memory, which is put in the machine's byte order. 64-bit integers beyond 2^53 are
 * rounded.
 */
export function decodeValues(bytes: Uint8Array<ArrayBuffer>, datatype: Datatype, littleEndian: boolean): RawValues {
  if (!datatype.view) throw new TypeError(`voxels of datatype ${datatype.name} are not real numbers`);
  if (datatype.bytes > 1 && littleEndian !== MACHINE_IS_LITTLE_ENDIAN) {
    for (let start = 0; start < bytes.length; start += datatype.bytes) reverse(bytes, start, datatype.bytes);
  }
  return datatype.view(bytes.buffer);
}

function reverse(bytes: Uint8Array, start: number, length: number): void {
  for (let low = start, high = start + length - 1; low < high; low++, high--) {
    const kept = bytes[low];
    bytes[low] = bytes[high];
    bytes[high] = kept;
  }
}

/** 64-bit integers as the nearest doubles, which take their memory. */
function rounded(integers: BigInt64Array<ArrayBuffer> | BigUint64Array<ArrayBuffer>): Float64Array {
  const values = new Float64Array(integers.buffer);
  for (let i = 0; i < values.length; i++) values[i] = Number(integers[i]);
  return values;
}
