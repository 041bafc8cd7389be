/**
 * What `inspect` shows of a NIfTI file.
 *
 * @module
 */
import { orientationOf } from "../affine.ts";
import { shortest } from "./forms.ts";
import { rawValues, readImage } from "./image.ts";

/** A file in seven fields. */
export interface NiftiSummary {
  /** All dimensions, as stored. */
  dims: number[];
  /** As NIfTI names it, e.g. "int16". */
  datatype: string;
  /** `pixdim`, one a dimension: mm for the first three. */
  spacing: number[];
  /** The direction in which each voxel axis grows, as "RAS". */
  orientation: string;
  /** Over all voxels of all frames after scaling, NaN left out; null where there is no number. */
  min: number | null;
  /** Likewise, the largest. */
  max: number | null;
  /** Likewise, the mean. */
  mean: number | null;
}

/** Voxels decoded at a time. */
const CHUNK = 2 ** 20;

/**
 * Reads a file of any number of dimensions and sums it up, in double precision.
 *
 * @throws {UserError} as `readNifti`, but for the number of dimensions.
 */
export async function summariseNifti(path: string, options: { signal?: AbortSignal } = {}): Promise<NiftiSummary> {
  const image = await readImage(path, options);
  const { dims, datatype, pixdim, affine, slope, intercept } = image.header;
  const total = dims.reduce((product, extent) => product * extent, 1);
  let [low, high, sum, count] = [Infinity, -Infinity, 0, 0];
  for (let start = 0; start < total; start += CHUNK) {
    const raw = rawValues(image, start, Math.min(CHUNK, total - start));
    for (let i = 0; i < raw.length; i++) {
      const value = raw[i];
      if (value !== value) continue;
      if (value < low) low = value;
      if (value > high) high = value;
      sum += value;
      count++;
    }
  }
  const [first, second] = [low * slope + intercept, high * slope + intercept];
  return {
    dims: [...dims],
    datatype: datatype.name,
    spacing: pixdim.map(shortest),
    orientation: orientationOf(affine),
    min: count ? Math.min(first, second) : null,
    max: count ? Math.max(first, second) : null,
    mean: count ? (sum / count) * slope + intercept : null,
  };
}
