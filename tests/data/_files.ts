/**
 * NIfTI files made by hand for the tests, byte by byte from nifti1.h and nifti2.h, sharing no code with the codec.
 */
import { fromFileUrl } from "@std/path";

/** What a hand-made file holds; the rest is zero. */
export interface HandMade {
  version?: 1 | 2;
  littleEndian?: boolean;
  /** Voxels are in another file. */
  pair?: boolean;
  dims: number[];
  /** dim[0], where it is to differ from the number of dims. */
  rank?: number;
  pixdim?: number[];
  qfac?: number;
  code: number;
  /** Writes one voxel. */
  put: (view: DataView, offset: number, index: number, littleEndian: boolean) => void;
  bytesPerVoxel: number;
  slope?: number;
  inter?: number;
  qformCode?: number;
  /** b, c, d, x, y, z */
  quaternion?: number[];
  sformCode?: number;
  /** Three rows of four. */
  srow?: number[][];
  /** `xyzt_units`. */
  units?: number;
  /** Bytes between header and voxels. */
  extension?: number;
  /** vox_offset, where it is to differ from the truth. */
  offset?: number;
}

/** The header's bytes and the voxels', apart. */
export function handMade(spec: HandMade): { header: Uint8Array<ArrayBuffer>; voxels: Uint8Array<ArrayBuffer> } {
  const { version = 1, littleEndian: le = true, pair = false, dims, pixdim = dims.map(() => 1), extension = 0 } = spec;
  const bare = version === 1 ? 352 : 544;
  const header = new Uint8Array(bare + extension);
  if (extension) header[bare - 4] = 1;
  const view = new DataView(header.buffer);
  const all = (values: number[], put: (value: number, index: number) => void) => values.forEach(put);
  const dim = [spec.rank ?? dims.length, ...dims, 1, 1, 1, 1, 1, 1, 1].slice(0, 8);
  const sizes = [spec.qfac ?? 1, ...pixdim, 0, 0, 0, 0, 0, 0, 0].slice(0, 8);
  const offset = spec.offset ?? (pair ? 0 : header.length);
  const magic = [0x6e, pair ? 0x69 : 0x2b, version === 1 ? 0x31 : 0x32, 0];
  const scaling = [spec.slope ?? 1, spec.inter ?? 0];
  const quaternion = spec.quaternion ?? [0, 0, 0, 0, 0, 0];
  const srow = (spec.srow ?? []).flat();
  if (version === 1) {
    view.setInt32(0, 348, le);
    all(dim, (value, i) => view.setInt16(40 + 2 * i, value, le));
    view.setInt16(70, spec.code, le);
    view.setInt16(72, spec.bytesPerVoxel * 8, le);
    all(sizes, (value, i) => view.setFloat32(76 + 4 * i, value, le));
    view.setFloat32(108, offset, le);
    all(scaling, (value, i) => view.setFloat32(112 + 4 * i, value, le));
    view.setInt16(252, spec.qformCode ?? 0, le);
    view.setInt16(254, spec.sformCode ?? 0, le);
    all(quaternion, (value, i) => view.setFloat32(256 + 4 * i, value, le));
    all(srow, (value, i) => view.setFloat32(280 + 4 * i, value, le));
    view.setUint8(123, spec.units ?? 0);
    header.set(magic, 344);
  } else {
    view.setInt32(0, 540, le);
    header.set([...magic, 0x0d, 0x0a, 0x1a, 0x0a], 4);
    view.setInt16(12, spec.code, le);
    view.setInt16(14, spec.bytesPerVoxel * 8, le);
    all(dim, (value, i) => view.setBigInt64(16 + 8 * i, BigInt(value), le));
    all(sizes, (value, i) => view.setFloat64(104 + 8 * i, value, le));
    view.setBigInt64(168, BigInt(offset), le);
    all(scaling, (value, i) => view.setFloat64(176 + 8 * i, value, le));
    view.setInt32(344, spec.qformCode ?? 0, le);
    view.setInt32(348, spec.sformCode ?? 0, le);
    all(quaternion, (value, i) => view.setFloat64(352 + 8 * i, value, le));
    all(srow, (value, i) => view.setFloat64(400 + 8 * i, value, le));
    view.setInt32(500, spec.units ?? 0, le);
  }
  const count = dims.reduce((product, extent) => product * extent, 1);
  const voxels = new Uint8Array(count * spec.bytesPerVoxel);
  const voxelView = new DataView(voxels.buffer);
  for (let i = 0; i < count; i++) spec.put(voxelView, i * spec.bytesPerVoxel, i, le);
  return { header, voxels };
}

/** A whole .nii file. */
export function handMadeFile(spec: HandMade): Uint8Array<ArrayBuffer> {
  const { header, voxels } = handMade(spec);
  return new Uint8Array([...header, ...voxels]);
}

/** A file of int16 voxels 0, 1, 2, … */
export function counting(dims: number[], spec: Partial<HandMade> = {}): Uint8Array<ArrayBuffer> {
  return handMadeFile(countingSpec(dims, spec));
}

/** What {@linkcode counting} makes a file of. */
export function countingSpec(dims: number[], spec: Partial<HandMade> = {}): HandMade {
  return {
    dims,
    code: 4,
    bytesPerVoxel: 2,
    put: (view, offset, index, le) => view.setInt16(offset, index, le),
    ...spec,
  };
}

/** A folder for one test, removed after it. */
export async function withFolder(run: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "syncytium-data-" });
  try {
    await run(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** Shared data beside the project, and why a test that needs it does not run. */
export function sharedData(name: string): { path: string; missing: boolean; reason: string } {
  const path = fromFileUrl(new URL(`../../../shared/data/${name}`, import.meta.url));
  let missing = false;
  try {
    Deno.statSync(path);
  } catch {
    missing = true;
  }
  return { path, missing, reason: missing ? ` (skipped: ../shared/data/${name} is not there)` : "" };
}
