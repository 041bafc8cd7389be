/**
 * What `inspect` shows of a volume's file.
 *
 * @module
 */
import { type Affine, orientationOf } from "../affine.ts";
import { shortest } from "../nifti/forms.ts";
import { type NiftiHeader, spacingOf } from "../nifti/header.ts";
import { type NiftiImage, rawValues } from "../nifti/image.ts";
import { remarksOn } from "../nifti/remarks.ts";
import { readImage } from "./registry.ts";

/** A file in some fields, each of which JSON can say. */
export interface VolumeSummary {
  /** All dimensions, as stored. */
  dims: number[];
  /** As NIfTI names it, e.g. "int16". */
  datatype: string;
  /**
   * One a dimension: the first three are the voxel size in mm that training takes, from `pixdim` or where that holds
   * none from the affine; further ones as stored, 0 where that is no step.
   */
  spacing: number[];
  /** The direction in which each voxel axis grows, as "RAS". */
  orientation: string;
  /** 4x4, voxel index to RAS world coordinates in mm. */
  affine: Affine;
  /** Over all finite voxels of all frames after scaling; null where there is none. */
  min: number | null;
  /** Likewise, the largest. */
  max: number | null;
  /** Likewise, the mean. */
  mean: number | null;
  /** How many voxels hold no finite number, by what they hold. */
  notFinite: { nan: number; plusInfinity: number; minusInfinity: number };
  /** What is odd about the header, a sentence each; see the warnings at the start of a training. */
  remarks: string[];
}

/** Voxels decoded at a time. */
const CHUNK = 2 ** 20;

/**
 * Reads a file of any number of dimensions and sums it up, in double precision.
 *
 * @throws {UserError} as `readVolume`, but for the number of dimensions.
 */
export async function summariseVolume(path: string, options: { signal?: AbortSignal } = {}): Promise<VolumeSummary> {
  const image = await readImage(path, options);
  const { dims, datatype, affine } = image.header;
  return {
    dims: [...dims],
    datatype: datatype.name,
    spacing: stepsOf(image.header),
    orientation: orientationOf(affine),
    affine: affine.map((row) => [...row]),
    ...rangeOf(image),
    remarks: remarksOn(image.header).map(({ text }) => text),
  };
}

function stepsOf(header: NiftiHeader): number[] {
  const size = spacingOf(header);
  return header.pixdim.map((step, axis) => axis < 3 ? size[axis] : step > 0 && step < Infinity ? shortest(step) : 0);
}

function rangeOf(image: NiftiImage): Pick<VolumeSummary, "min" | "max" | "mean" | "notFinite"> {
  const { dims, slope, intercept } = image.header;
  const total = dims.reduce((product, extent) => product * extent, 1);
  const notFinite = { nan: 0, plusInfinity: 0, minusInfinity: 0 };
  let [low, high, sum, count] = [Infinity, -Infinity, 0, 0];
  for (let start = 0; start < total; start += CHUNK) {
    const raw = rawValues(image, start, Math.min(CHUNK, total - start));
    for (let i = 0; i < raw.length; i++) {
      const value = raw[i];
      if (!Number.isFinite(value)) {
        if (value !== value) notFinite.nan++;
        else if (value * slope > 0) notFinite.plusInfinity++;
        else notFinite.minusInfinity++;
        continue;
      }
      if (value < low) low = value;
      if (value > high) high = value;
      sum += value;
      count++;
    }
  }
  if (count === 0) return { min: null, max: null, mean: null, notFinite };
  const scaled = (value: number) => within(-Number.MAX_VALUE, value * slope + intercept, Number.MAX_VALUE);
  const [first, second] = [scaled(low), scaled(high)];
  const [min, max] = first < second ? [first, second] : [second, first];
  return { min, max, mean: within(min, scaled(sum / count), max), notFinite };
}

/** A sum or a product of doubles may leave their range, and JSON has no infinity. */
function within(low: number, value: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
