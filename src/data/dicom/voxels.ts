/**
 * The voxels of a series, slice by slice.
 *
 * @module
 */
import { concat } from "@std/bytes/concat";
import type { DataSet, Element as DataElement } from "dicom-parser";
import { UserError } from "../../core/errors.ts";
import { voxelCount } from "../volume.ts";
import { dimsOf } from "../nifti/header.ts";
import { decodeValues, type RawValues } from "../nifti/datatypes.ts";
import { datatypeNamed } from "../formats/datatypes_by_name.ts";
import type { PixelDecoder } from "./decoders/decoder.ts";
import { DOING, PIXELS, readAllElements } from "./parser.ts";
import type { Series } from "./series.ts";
import type { Slice } from "./slice.ts";
import { transferSyntax } from "./transfer_syntaxes.ts";

/**
 * All voxels as `series.header` says: as stored, or scaled where slope or intercept differ from slice to slice.
 *
 * @throws {UserError} if a file cannot be read any more, is cut off or damaged.
 */
export async function readVoxels(series: Series, options: { signal?: AbortSignal } = {}): Promise<RawValues> {
  const { slices, header } = series;
  const dims = dimsOf(header), size = dims[0] * dims[1];
  const values = allocate(voxelCount(dims), header.datatype.name, slices[0]);
  for (const [z, slice] of slices.entries()) {
    options.signal?.throwIfAborted();
    const stored = await readStoredPixels(slice, size);
    if (header.datatype.name !== "float32") values.set(stored, z * size);
    else for (let i = 0; i < size; i++) values[z * size + i] = stored[i] * slice.slope + slice.intercept;
  }
  return values;
}

function allocate(count: number, datatype: string, { path }: Slice): RawValues {
  const { bytes } = datatypeNamed(datatype);
  try {
    return decodeValues(new Uint8Array(count * bytes), datatypeNamed(datatype), true);
  } catch (cause) {
    const rule = `${count} voxels of ${datatype} need ${count * bytes} bytes of memory, more than there are`;
    throw new UserError(`${DOING}: ${rule}`, { where: path, cause });
  }
}

async function readStoredPixels(slice: Slice, count: number): Promise<RawValues> {
  const { path, bitsAllocated, bitsStored, highBit, isSigned } = slice;
  const elements = await readAllElements(path);
  const found = elements.elements[PIXELS];
  if (!found) throw new UserError(`${DOING}: the pixels must be there`, { where: path });
  const needed = count * bitsAllocated / 8;
  const { pixels } = transferSyntax(slice.transferSyntax);
  const stored = typeof pixels === "function"
    ? await unpacked(frameOf(elements, found), slice, pixels)
    : elements.byteArray.subarray(found.dataOffset, found.dataOffset + found.length);
  if (stored.length < needed) {
    throw new UserError(`${DOING}: its pixels need ${needed} bytes`, { where: path, value: `${stored.length} bytes` });
  }
  const bytes = new Uint8Array(needed); // memory of its own, aligned
  bytes.set(stored.subarray(0, needed));
  const datatype = datatypeNamed(`${isSigned ? "" : "u"}int${bitsAllocated}`);
  const values = decodeValues(bytes, datatype, pixels !== "big-endian");
  const [left, right] = [32 - highBit - 1, 32 - bitsStored];
  if (right > 32 - bitsAllocated) {
    // other bits, such as those of an overlay, do not count (PS3.5, 8.1.1)
    for (let i = 0; i < values.length; i++) {
      values[i] = isSigned ? values[i] << left >> right : values[i] << left >>> right;
    }
  }
  return values;
}

/** The packed picture, which may lie in several fragments (PS3.5, annex A.4). */
function frameOf(elements: DataSet, { fragments = [] }: DataElement): Uint8Array {
  return concat(
    fragments.map(({ position, length }) => new Uint8Array(elements.byteArray.subarray(position, position + length))),
  );
}

async function unpacked(frame: Uint8Array, slice: Slice, decode: PixelDecoder): Promise<Uint8Array> {
  const { path, rows, columns, bitsAllocated } = slice;
  const shape = { rows, columns, bytes: bitsAllocated / 8 };
  try {
    const pixels = await decode(frame, shape);
    if (pixels.length !== rows * columns * shape.bytes) throw new RangeError(`they are ${pixels.length} bytes`);
    return pixels;
  } catch (cause) {
    const { name } = transferSyntax(slice.transferSyntax);
    throw new UserError(`${DOING}: its packed pixels must be whole and intact`, { where: path, value: name, cause });
  }
}
