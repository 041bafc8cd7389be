/**
 * Small labelled cases for tests.
 *
 * @module
 */
import type { PreparedCase } from "../../src/data/prepare.ts";
import { Rng } from "../../src/core/rng.ts";

/** A noisy volume of 12x12x12 voxels with a bright ball (class 1) in a grey one (class 2). */
export function ballCase(id: string, seed = 1): PreparedCase {
  const rng = new Rng(seed), n = 12;
  const centre = [0, 1, 2].map(() => rng.uniform(4.5, 6.5));
  const label = new Uint8Array(n ** 3), image = new Float32Array(n ** 3);
  for (let i = 0; i < label.length; i++) {
    const position = [Math.floor(i / n ** 2), Math.floor(i / n) % n, i % n];
    const distance = Math.hypot(...position.map((value, axis) => value - centre[axis]));
    label[i] = distance < 2.5 ? 1 : distance < 4.5 ? 2 : 0;
    image[i] = [-0.7, 2, 0.8][label[i]] + 0.2 * rng.normal();
  }
  return {
    id,
    subject: id,
    shape: [n, n, n],
    spacing: [1, 1, 1],
    channels: 1,
    image,
    label,
    source: {
      path: `${id}.nii`,
      dims: [n, n, n],
      spacing: [1, 1, 1],
      affine: [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]],
      orientation: "RAS",
      labelValues: [0, 1, 2],
    },
  };
}
