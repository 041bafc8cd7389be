/**
 * The largest connected part of each label: what lies apart from it is mostly wrong in predictions of organs.
 *
 * Works on runs, the rows' pieces of one label, so that a large volume takes little memory besides itself.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { keepLargestParts } from "./largest_parts.ts";
 *
 * const labels = Uint8Array.of(1, 1, 0, 1, 2);
 * keepLargestParts(labels, [5, 1, 1], { values: [1, 2] });
 * assertEquals([...labels], [1, 1, 0, 0, 2]);
 * ```
 *
 * @module
 */
import type { Triple } from "../../core/triple.ts";

/** Options of {@linkcode keepLargestParts}. */
export interface LargestPartsOptions {
  /** The labels that are to have one part each. */
  readonly values: Iterable<number>;
  /** What voxels apart from it become. @default 0 */
  readonly otherwise?: number;
}

/** Pieces of rows, in the order of the voxels, and the parts to which they belong. */
interface Runs {
  readonly starts: number[];
  /** Behind the last voxel. */
  readonly ends: number[];
  /** Of each, one of the same part that came before it, or itself. */
  readonly before: number[];
}

/**
 * Changes in place whatever lies apart from the largest part of a label. Voxels are connected by faces; of parts of one
 * size the first is kept.
 *
 * @param labels first axis fastest
 * @param dims voxels along the axes, fastest first
 */
export function keepLargestParts(
  labels: Uint8Array | Float32Array,
  dims: Triple,
  { values, otherwise = 0 }: LargestPartsOptions,
): void {
  const { starts, ends, parts, sizes } = findParts(labels, dims, new Set(values));
  const largest = new Map<number, number>();
  for (const part of parts) {
    const label = labels[starts[part]], best = largest.get(label);
    if (best === undefined || sizes[part] > sizes[best]) largest.set(label, part);
  }
  parts.forEach((part, run) => {
    if (largest.get(labels[starts[part]]) !== part) labels.fill(otherwise, starts[run], ends[run]);
  });
}

/**
 * What share of a label's voxels is in its largest part, from above 0 to 1; labels that are nowhere have no entry.
 *
 * @param labels first axis fastest
 * @param dims voxels along the axes, fastest first
 */
export function largestShares(
  labels: Uint8Array | Float32Array,
  dims: Triple,
  values: Iterable<number>,
): Map<number, number> {
  const { starts, parts, sizes } = findParts(labels, dims, new Set(values));
  const largest = new Map<number, number>(), all = new Map<number, number>();
  for (const part of new Set(parts)) {
    const label = labels[starts[part]];
    largest.set(label, Math.max(largest.get(label) ?? 0, sizes[part]));
    all.set(label, (all.get(label) ?? 0) + sizes[part]);
  }
  return new Map([...all].map(([label, size]) => [label, largest.get(label)! / size]));
}

/** `parts`: of each run, the first run of its part, by which `sizes` says how many voxels the part has. */
function findParts(labels: Uint8Array | Float32Array, dims: Triple, values: ReadonlySet<number>) {
  const runs = connect(labels, dims, values);
  const { starts, ends } = runs;
  const sizes = new Float64Array(starts.length);
  const parts = starts.map((_, run) => {
    const part = firstOf(runs, run);
    sizes[part] += ends[run] - starts[run];
    return part;
  });
  return { starts, ends, parts, sizes };
}

function connect(labels: Uint8Array | Float32Array, [width, height, depth]: Triple, values: ReadonlySet<number>): Runs {
  const runs: Runs = { starts: [], ends: [], before: [] };
  const rows = height * depth;
  const firsts = new Uint32Array(rows + 1); // of each row, its first run
  for (let row = 0; row < rows; row++) {
    firsts[row] = runs.starts.length;
    addRow(runs, labels, row * width, width, values);
    firsts[row + 1] = runs.starts.length;
    for (const [isThere, back] of [[row % height > 0, 1], [row >= height, height]] as const) {
      if (isThere) joinRows(runs, labels, { row, back, width, firsts });
    }
  }
  return runs;
}

function addRow(
  { starts, ends, before }: Runs,
  labels: Uint8Array | Float32Array,
  from: number,
  width: number,
  values: ReadonlySet<number>,
): void {
  for (let voxel = from; voxel < from + width;) {
    const label = labels[voxel], start = voxel;
    while (voxel < from + width && labels[voxel] === label) voxel++;
    if (!values.has(label)) continue;
    before.push(starts.length);
    starts.push(start);
    ends.push(voxel);
  }
}

/** Joins the runs of a row with those of the row `back` before it that they touch. */
function joinRows(
  runs: Runs,
  labels: Uint8Array | Float32Array,
  { row, back, width, firsts }: { row: number; back: number; width: number; firsts: Uint32Array },
): void {
  const { starts, ends, before } = runs;
  const shift = back * width;
  for (let a = firsts[row - back], b = firsts[row]; a < firsts[row - back + 1] && b < firsts[row + 1];) {
    const isTouching = starts[a] + shift < ends[b] && starts[b] < ends[a] + shift;
    if (isTouching && labels[starts[a]] === labels[starts[b]]) {
      const [one, other] = [firstOf(runs, a), firstOf(runs, b)];
      before[Math.max(one, other)] = Math.min(one, other);
    }
    if (ends[a] + shift < ends[b]) a++;
    else b++;
  }
}

/** The first run of a run's part; the way there is shortened for those who come after. */
function firstOf({ before }: Runs, run: number): number {
  while (before[run] !== run) run = before[run] = before[before[run]];
  return run;
}
