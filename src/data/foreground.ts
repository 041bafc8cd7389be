/**
 * Where each class of a case lies, so that a voxel of it can be drawn: counts a row, not a list of voxels, which would
 * take four times the memory of the labels.
 *
 * @module
 */
import type { Rng } from "../core/rng.ts";
import { IGNORED, isIgnored } from "./labels/ignored.ts";
import type { PreparedCase } from "./prepare.ts";

/** The voxels of one class. */
interface ClassVoxels {
  readonly value: number;
  /** How many voxels of the class there are up to the end of each row along x. */
  readonly upTo: Int32Array;
}

/** Found once a case. */
const found = new WeakMap<PreparedCase, readonly ClassVoxels[]>();

/**
 * A random voxel of a random class, background and what nobody annotated left out; each class is as likely as the
 * others, and each of its voxels.
 *
 * @returns its place z, y, x; undefined where the case has no label, or no structure in it
 */
export function drawForeground(prepared: PreparedCase, rng: Rng): [z: number, y: number, x: number] | undefined {
  const { label, shape: [, height, width] } = prepared;
  if (!label) return undefined;
  const classes = classesIn(prepared);
  if (classes.length === 0) return undefined;
  const { value, upTo } = rng.pick(classes);
  const wanted = rng.int(upTo.at(-1)!);
  const row = firstAbove(upTo, wanted);
  let before = row === 0 ? 0 : upTo[row - 1];
  let x = 0;
  while (label[row * width + x] !== value || before++ < wanted) x++;
  return [Math.floor(row / height), row % height, x];
}

/** The classes that the case has voxels of, ascending; without background, and without a label none. */
export function heldClasses(prepared: PreparedCase): number[] {
  return prepared.label ? classesIn(prepared).map(({ value }) => value) : [];
}

/** The same, and where they are. */
function classesIn(prepared: PreparedCase): readonly ClassVoxels[] {
  const known = found.get(prepared);
  if (known) return known;
  const { shape: [depth, height, width], source: { labelValues } } = prepared;
  const label = prepared.label!;
  const counts = new Array<Int32Array | undefined>(256);
  const skipped = isIgnored(IGNORED, labelValues.length) ? IGNORED : 0;
  for (let row = 0, i = 0; row < depth * height; row++) {
    for (const end = i + width; i < end; i++) {
      const value = label[i];
      if (value === 0 || value === skipped) continue;
      (counts[value] ??= new Int32Array(depth * height))[row]++;
    }
  }
  const classes = counts.flatMap((rows, value) => {
    if (!rows) return [];
    for (let row = 1; row < rows.length; row++) rows[row] += rows[row - 1];
    return [{ value, upTo: rows }];
  });
  found.set(prepared, classes);
  return classes;
}

/** The first place of an ascending list that holds more than `value`. */
function firstAbove(list: Int32Array, value: number): number {
  let [low, high] = [0, list.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle] > value) high = middle;
    else low = middle + 1;
  }
  return low;
}
