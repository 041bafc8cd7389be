/** Masks drawn by formula, alike here and in scripts/metrics_reference/masks.py. */
import type { Triple } from "../../../src/core/triple.ts";

export type Shape =
  & ({ kind: "box"; low: Triple; high: Triple } | { kind: "ellipsoid"; centre: Triple; radii: Triple } | {
    kind: "noise";
    seed: number;
    percent: number;
  })
  & { value?: number };

/** Labels, x fastest; later shapes are on top. */
export function draw(shapes: readonly Shape[], dims: Triple): Uint8Array {
  const mask = new Uint8Array(dims[0] * dims[1] * dims[2]);
  for (const shape of shapes) {
    const holds = insideOf(shape);
    for (let i = 0; i < mask.length; i++) {
      const at: Triple = [i % dims[0], Math.floor(i / dims[0]) % dims[1], Math.floor(i / (dims[0] * dims[1]))];
      if (holds(at)) mask[i] = shape.value ?? 1;
    }
  }
  return mask;
}

/** Asked voxel by voxel, in the order of memory. */
function insideOf(shape: Shape): (at: Triple) => boolean {
  if (shape.kind === "box") return (at) => at.every((p, axis) => p >= shape.low[axis] && p < shape.high[axis]);
  if (shape.kind === "ellipsoid") {
    return (at) => {
      const [x, y, z] = at.map((p, axis) => (p - shape.centre[axis]) / shape.radii[axis]);
      return x * x + y * y + z * z <= 1;
    };
  }
  let state = shape.seed;
  return () => {
    state = (Math.imul(1664525, state) + 1013904223) >>> 0;
    return (state >>> 8) % 100 < shape.percent;
  };
}

/** The labels moved by so many voxels, background coming in; one value made background. */
export function change(
  labels: ArrayLike<number>,
  dims: Triple,
  { shift = [0, 0, 0], without }: { shift?: Triple; without?: number },
): Uint8Array {
  const moved = new Uint8Array(labels.length);
  for (let i = 0; i < moved.length; i++) {
    const at = [i % dims[0], Math.floor(i / dims[0]) % dims[1], Math.floor(i / (dims[0] * dims[1]))];
    const from = at.map((p, axis) => p - shift[axis]);
    if (from.some((p, axis) => p < 0 || p >= dims[axis])) continue;
    const value = labels[from[0] + dims[0] * (from[1] + dims[1] * from[2])];
    if (value !== without) moved[i] = value;
  }
  return moved;
}
