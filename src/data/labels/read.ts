/**
 * Reading a label file: each voxel takes the label that its stored value is nearly.
 *
 * @module
 */
import { UserError } from "../../core/errors.ts";
import type { Triple } from "../../core/triple.ts";
import { orientationOf } from "../affine.ts";
import { type PlacedGrid, placeOfLabel } from "../checks/same_place.ts";
import type { LabelScheme } from "../datasets/dataset.ts";
import { readStored, scaledPieces } from "../formats/read.ts";
import { turn } from "../orient.ts";
import type { Volume } from "../volume.ts";

/**
 * How far a stored value may be from the label that it means. Programs that resample write 0.9999 for 1, and 8 bits
 * with a `scl_slope` of 5/255 are up to 0.0098 away; what lies between two labels was interpolated and means neither.
 */
const TOLERANCE = 0.01;

/** Options of {@linkcode readLabels}. */
export interface ReadLabelsOptions {
  /** What voxels hold that nobody annotated: the scheme's `ignore`, or 0. @default "kept" */
  ignored?: "kept" | "background";
  /** The label's image: its voxels must be the label's, and their order is taken. @default the label file's own */
  image?: PlacedGrid;
  /** Says whether, and in which order, the label's voxels are its image's. @default placeOfLabel */
  placeOf?: typeof placeOfLabel;
  /** For errors: what is done, and what says which values there are. @default "loading a case", "the dataset" */
  told?: { readonly doing: string; readonly by: string };
  /** Gives up reading. */
  signal?: AbortSignal;
}

/**
 * Reads a label file, as stored or in the order of its image's voxels; each voxel holds one of the scheme's values, in
 * a byte where all of these fit.
 *
 * @throws {UserError} as `readVolume`, if a value is none of the scheme's within 0.01 (with the first such voxel), or if
 * the voxels do not lie where the image's do.
 */
export async function readLabels(
  path: string,
  scheme: LabelScheme,
  options: ReadLabelsOptions = {},
): Promise<Volume<Float32Array | Uint8Array>> {
  const { image, placeOf = placeOfLabel, told = { doing: "loading a case", by: "the dataset" } } = options;
  const { ignored = "kept", signal } = options;
  const volume = await readStored(path, { signal });
  const place = image && placeOf(image, volume, path);
  const { stored, slope: _, intercept: __, ...geometry } = volume;
  const { labels, ignore = 0 } = scheme;
  const isBytes = Math.max(ignore, ...labels.keys()) <= 255 && Math.min(ignore, ...labels.keys()) >= 0;
  const data = new (isBytes ? Uint8Array : Float32Array)(stored.length);
  const context = { scheme, ignored, told, dims: volume.dims, where: path };
  let start = 0;
  for (const values of scaledPieces(volume)) {
    takeNearest(values, data, { ...context, start });
    start += values.length;
  }
  if (!image || !place) return { ...geometry, data };
  const { dims, spacing, affine, forms } = image;
  const turned = turn(data, volume.dims, place.map);
  return { ...geometry, data: turned, dims, spacing, affine, forms, orientation: orientationOf(affine) };
}

/** What values mean, and where they are from, for the error. */
interface Context {
  /** The first of them among the volume's. */
  start: number;
  ignored: "kept" | "background";
  scheme: LabelScheme;
  told: { readonly doing: string; readonly by: string };
  dims: Triple;
  where: string;
}

/** Writes for each value the label that it is nearly. */
function takeNearest(
  values: Float32Array,
  result: Float32Array | Uint8Array,
  { start, scheme, told, ignored, dims, where }: Context,
): void {
  const { labels, ignore } = scheme;
  const known = new Set([0, ...labels.keys(), ...(ignore === undefined ? [] : [ignore])]);
  let [last, taken] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (value !== last) {
      const nearest = Math.round(value);
      if (!known.has(nearest) || !(Math.abs(value - nearest) <= TOLERANCE)) {
        const named = [...known].sort((a, b) => a - b).map((label) => label === ignore ? `${label} (ignored)` : label);
        const rule = `${told.doing}: every label must be one that ${told.by} names: ${named.join(", ")}`;
        throw new UserError(rule, {
          where,
          value: `${Number.isNaN(value) ? "not a number (NaN)" : value} at voxel ${placeOf(start + i, dims)}`,
        });
      }
      [last, taken] = [value, nearest === ignore && ignored === "background" ? 0 : nearest];
    }
    result[start + i] = taken;
  }
}

/** x, y, z of a voxel, from 0, along the file's own axes. */
function placeOf(index: number, [width, height]: Triple): string {
  return [index % width, Math.floor(index / width) % height, Math.floor(index / (width * height))].join(", ");
}
