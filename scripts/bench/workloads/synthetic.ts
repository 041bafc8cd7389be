/**
 * Prepared cases without a file: noise, with a ball as the only label.
 *
 * @module
 */

import { Rng } from "../../../src/core/rng.ts";
import type { PreparedCase } from "../../../src/data/prepare.ts";

/** `count` cases of `extent` voxels along each axis. */
export function syntheticCases(count: number, extent: number): PreparedCase[] {
  return Array.from({ length: count }, (_, index) => {
    const rng = new Rng(index);
    const middle = (extent - 1) / 2;
    const image = Float32Array.from({ length: extent ** 3 }, () => rng.normal());
    const label = Uint8Array.from(image, (_, i) => {
      const [z, y, x] = [Math.floor(i / extent ** 2), Math.floor(i / extent) % extent, i % extent];
      return Math.hypot(z - middle, y - middle, x - middle) < extent / 4 ? 1 : 0;
    });
    const shape = [extent, extent, extent] as const;
    return {
      ...{
        id: `case ${index}`,
        subject: `subject ${index}`,
        shape,
        spacing: [1, 1, 1] as const,
        channels: 1,
        image,
        label,
      },
      source: {
        ...{ path: "", dims: shape, spacing: [1, 1, 1], orientation: "RAS", labelValues: [0, 1] },
        affine: [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]],
      },
    };
  });
}
