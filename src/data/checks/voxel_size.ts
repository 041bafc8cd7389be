/** No voxel size makes a volume absurdly long or short on the plan's grid. */
import { UserError } from "../../core/errors.ts";
import { perAxis, type Triple } from "../../core/triple.ts";
import { millimetresOf } from "../nifti/forms.ts";
import type { NiftiHeader } from "../nifti/header.ts";
import { remarksOn } from "../nifti/remarks.ts";
import { type Grid, gridOf } from "../plan.ts";
import type { CaseHeaders, CheckContext } from "./check.ts";

/**
 * So many times the median, or the plan's voxel size: more, or less than one in so many, is a unit or a decimal point
 * gone wrong. Honest data differ as much in voxel size (slices of 10 mm among voxels of 1 mm) or in length (a slice
 * among volumes), not in both along one axis.
 */
const FACTOR = 10;
/** Rounding of a factor of exactly 10. */
const ROUNDING = 1e-3;
/** What a plan's voxel size may be, mm: `data.spacing` of a configuration. */
const PLANNED = { least: 1e-3, most: 1e3 };
/** The most voxels along an axis that a coarse volume may become: two metres at 0.5 mm. */
const MOST_VOXELS = 4096;

/**
 * See the file's head. Along each axis (x, y, z of RAS), with the voxel sizes that the plan takes to be true, a volume
 * is refused where
 *
 * - voxel size and length are both 10 times the data set's medians, or more, or both a tenth, or less;
 * - its voxels are 10 times the plan's along every axis, or along one that would become more than 4096 voxels;
 * - all of its voxels together are shorter than a tenth of one of the plan's;
 * - it belongs to a data set whose voxel size no plan can have.
 *
 * @throws {UserError} for the first file, with voxel size, median, voxels on the plan's grid, and the limit.
 */
export function requireVoxelSizes(all: readonly CaseHeaders[], { plan }: CheckContext): string[] {
  if (!plan || all.length === 0) return [];
  const grids = all.map(({ image }) => gridOf(image, plan));
  const spacing = perAxis((axis) => lowerMedian(grids.map((grid) => grid.spacing[axis])));
  const length = perAxis((axis) => lowerMedian(grids.map((grid) => lengthOf(grid, axis))));
  grids.forEach((grid, index) => {
    const faults = [0, 1, 2].map((axis) => faultAlong(axis, grid, { spacing, length, plan: plan.spacing }));
    const fault = faults.find((found) => found !== undefined);
    if (!fault) return;
    const where = all[index].reference.image;
    const hints = hintsOn(all[index].image).map((hint) => `; ${hint}`);
    throw new UserError(`checking voxel sizes: ${fault.rule}`, { where, value: [fault.value, ...hints].join("") });
  });
  return [];
}

/** What a volume is held against, mm. */
interface Reference {
  spacing: Triple;
  length: Triple;
  plan: Triple | null;
}

function faultAlong(axis: number, grid: Grid, reference: Reference): { rule: string; value: string } | undefined {
  const size = grid.spacing[axis], medianSize = reference.spacing[axis];
  const length = lengthOf(grid, axis), medianLength = reference.length[axis];
  const several = grid.dims[axis] > 1;
  const rules: [broken: boolean, rule: string, limit: number][] = [
    [
      isMany(size, medianSize) && isMany(length, medianLength),
      `voxels and volume must not both be ${FACTOR} times as long as the data set's median`,
      FACTOR * medianLength,
    ],
    [
      several && isMany(medianSize, size) && isMany(medianLength, length),
      `voxels and volume must not both be a ${FACTOR}th as long as the data set's median`,
      medianLength / FACTOR,
    ],
  ];
  const { plan } = reference;
  if (plan) {
    rules.push([
      isMany(size, plan[axis]) && length > MOST_VOXELS * plan[axis],
      `voxels ${FACTOR} times as long as the plan's must not become more than ${MOST_VOXELS}`,
      MOST_VOXELS * plan[axis],
    ], [
      grid.spacing.every((own, along) => isMany(own, plan[along])),
      `and along all other axes, voxels must not be ${FACTOR} times as long as the plan's`,
      FACTOR * plan[axis] * grid.dims[axis],
    ], [
      several && isMany(plan[axis], length),
      `a volume must be longer than a ${FACTOR}th of one of the plan's voxels`,
      plan[axis] / FACTOR,
    ], [
      plan[axis] > PLANNED.most && size > PLANNED.most,
      `a plan's voxels are at most ${PLANNED.most} mm long, and the data set's must be, too`,
      PLANNED.most * grid.dims[axis],
    ], [
      plan[axis] < PLANNED.least && size < PLANNED.least,
      `a plan's voxels are at least ${PLANNED.least} mm long, and the data set's must be, too`,
      PLANNED.least * grid.dims[axis],
    ]);
  }
  const found = rules.find(([broken]) => broken);
  if (!found) return undefined;
  const sizes = `voxels of ${shown(size)} mm, the median is ${shown(medianSize)} mm`;
  const [unit, lengths] = plan ? [plan[axis], `voxels at the plan's ${shown(plan[axis])} mm`] : [1, "mm long"];
  return {
    rule: `along ${"xyz"[axis]}, ${found[1]}`,
    value: `${sizes}; ${shown(length / unit)} ${lengths}, the limit is ${shown(found[2] / unit)}`,
  };
}

/** What else in the header may be why. */
function hintsOn(header: NiftiHeader): string[] {
  const unit = millimetresOf(header.forms);
  const converted = unit === 1 ? [] : [`its header counts in ${unit === 1000 ? "metres" : "microns"}`];
  return [...converted, ...remarksOn(header).map(({ text }) => text)];
}

function isMany(a: number, b: number): boolean {
  return a >= (1 - ROUNDING) * FACTOR * b;
}

function shown(value: number): string {
  return String(Number(value.toPrecision(4)));
}

function lengthOf({ dims, spacing }: Grid, axis: number): number {
  return dims[axis] * spacing[axis];
}

/** The median, and of two in the middle the lower one, which a volume has: their mean would be neither's. */
function lowerMedian(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length - 1 >> 1];
}
