/**
 * What a site's volumes are like, in counts, middles and ranges: all that a plan is made from.
 *
 * @module
 */
import { perAxis, type Triple } from "../core/triple.ts";
import { readHeaderOf } from "../data/formats/registry.ts";
import { type Grid, gridOf, type Plan } from "../data/plan.ts";

/** How some numbers lie: their ends, and their middle, which two values have where they are even in number. */
export interface Distribution {
  /** The least. */
  readonly least: number;
  /** The value in the middle, or the lower of the two. */
  readonly lower: number;
  /** The value in the middle, or the upper of the two. */
  readonly upper: number;
  /** The greatest. */
  readonly most: number;
}

/** One distribution for each of the axes x, y, z (RAS). */
export type Distributions = readonly [Distribution, Distribution, Distribution];

/** How far structures reach. */
export interface Extents {
  /** Labelled cases that have any. */
  readonly cases: number;
  /** Of the box around them, mm. */
  readonly extent: Distributions;
}

/** A site's volumes along the axes x, y, z (RAS). */
export interface Fingerprint {
  /** How many there are. */
  readonly volumes: number;
  /** Voxels. */
  readonly size: Distributions;
  /** Voxel sizes, mm. */
  readonly spacing: Distributions;
  /** Of whole volumes, mm. */
  readonly extent: Distributions;
  /** Of all structures of a case together; absent where no labels were looked at. */
  readonly foreground?: Extents;
  /** By the structure's name, likewise. */
  readonly structures?: Readonly<Record<string, Extents>>;
}

/** The mean of the two values in the middle. */
export function medianOf({ lower, upper }: Distribution): number {
  return lower === upper ? lower : (lower + upper) / 2;
}

/** How `values` lie. @throws {RangeError} of no values. */
export function distributionOf(values: readonly number[]): Distribution {
  if (values.length === 0) throw new RangeError("a distribution needs one value at least");
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return { least: sorted[0], lower: sorted[(sorted.length - 1) >> 1], upper: sorted[half], most: sorted.at(-1)! };
}

/** How triples lie, axis by axis. @throws {RangeError} of none. */
export function distributionsOf(values: readonly Triple[]): Distributions {
  const along = (axis: number) => distributionOf(values.map((triple) => triple[axis]));
  return [along(0), along(1), along(2)];
}

/** The fingerprint of volumes with these grids. @throws {RangeError} of none. */
export function fingerprintOf(grids: readonly Grid[]): Fingerprint {
  return {
    volumes: grids.length,
    size: distributionsOf(grids.map(({ dims }) => dims)),
    spacing: distributionsOf(grids.map(({ spacing }) => spacing)),
    extent: distributionsOf(grids.map(({ dims, spacing }) => perAxis((axis) => spacing[axis] * dims[axis]))),
  };
}

/**
 * The grids of the cases' images, from their headers.
 *
 * @throws {UserError} if a header cannot be read.
 */
export async function gridsOf(
  cases: readonly { image: string }[],
  plan: Pick<Plan, "fieldOfView" | "sliceSpacing">,
): Promise<Grid[]> {
  const grids: Grid[] = []; // one file after another: a system lets a process open a limited number at a time
  for (const { image } of cases) grids.push(gridOf(await readHeaderOf(image), plan));
  return grids;
}
