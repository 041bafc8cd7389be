/**
 * One embedding a patch: mean and maximum of some levels' maps, through the head.
 *
 * The maximum and a second level are there because instance norm just before pooling removes the channel means that the
 * head would need.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { perAxis } from "../../core/triple.ts";
import { maxPool3d } from "../../engine/ops/max_pool3d.ts";
import { volumePosition } from "../_positions.ts";
import { resolveMaps } from "../backbone.ts";
import { partitionOf } from "../partitions.ts";
import type { Projection, ProjectionOptions } from "../projection.ts";
import { createHead } from "../projection_head.ts";

/** Makes the projection; its partition is that of the patch's centre. */
export function globalProjection(options: ProjectionOptions): Projection {
  const { maps, patch, grid, name, rng } = options;
  const levels = resolveMaps(options.read, maps);
  const inputs = levels.reduce((sum, level) => sum + 2 * maps[level].channels, 0);
  const { dimension: width, hidden, head: kind = "unit" } = options;
  const { head, dimension } = createHead(kind, rng, { inputs, hidden, dimension: width, name });
  return {
    dimension,
    variables: head.variables,
    reads: levels,
    plan: (places) => ({
      partitions: Int32Array.from(
        places,
        ({ toVolume }) => partitionOf(volumePosition(toVolume, perAxis((axis) => (patch[axis] - 1) / 2)), grid),
      ),
      volumes: Int32Array.from(places, ({ volume }) => volume),
      views: Int32Array.from(places, ({ view }) => view),
      locations: new Int32Array(places.length),
    }),
    forward: (features) => {
      const pooled = levels.flatMap((level) => {
        const map = features[level]; // [batch, depth, height, width, channels]
        const [batch, depth, height, width, channels] = map.shape;
        const mean = map.reshape([batch, depth * height * width, channels]).mean(1); // [batch, channels]
        const peak = maxPool3d(map, [depth, height, width]).reshape([batch, channels]); // [batch, channels]
        return [mean, peak] as tf.Tensor2D[];
      });
      return head.forward(tf.concat2d(pooled, 1)); // [batch, dimension]
    },
    dispose: () => head.dispose(),
  };
}
