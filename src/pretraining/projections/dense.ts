/**
 * One embedding at each of some locations of a patch: the levels' features at the same place, one beside the other,
 * through the head. The partition of a location is that of its own place in the volume.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import type { Rng } from "../../core/rng.ts";
import type { Triple } from "../../core/triple.ts";
import { voxelCount } from "../../data/volume.ts";
import { volumePosition } from "../_positions.ts";
import { resolveMaps } from "../backbone.ts";
import { partitionOf } from "../partitions.ts";
import type { PatchPlace, Projection, ProjectionOptions } from "../projection.ts";
import { createHead } from "../projection_head.ts";

/** Makes the projection; locations are voxels of the finest map that is read. */
export function denseProjection(options: ProjectionOptions): Projection {
  const { maps, patch, grid, locations, name, rng } = options;
  const levels = resolveMaps(options.read, maps);
  const finest = maps[levels[0]].extent;
  const voxels = voxelCount(finest);
  const inputs = levels.reduce((sum, level) => sum + maps[level].channels, 0);
  const { dimension: width, hidden, head: kind = "unit" } = options;
  const { head, dimension } = createHead(kind, rng, { inputs, hidden, dimension: width, name });
  return {
    dimension,
    variables: head.variables,
    reads: levels,
    plan: (places, rng) => {
      const rows = places.length * locations;
      const plan = {
        partitions: new Int32Array(rows),
        volumes: new Int32Array(rows),
        views: new Int32Array(rows),
        locations: new Int32Array(rows),
      };
      places.forEach((place, index) => {
        const positions = positionsOf(place, finest, patch);
        drawLocations(positions, locations, rng).forEach((location, i) => {
          const row = index * locations + i;
          plan.partitions[row] = partitionOf(positions[location], grid);
          plan.volumes[row] = place.volume;
          plan.views[row] = place.view;
          plan.locations[row] = index * voxels + location;
        });
      });
      return plan;
    },
    forward: (features, plan) => {
      const columns = levels.map((level) => {
        const map = features[level]; // [batch, depth, height, width, channels]
        const indices = coarser(plan.locations, finest, maps[level].extent); // [rows]
        return gatherRows(map.reshape([-1, maps[level].channels]), indices); // [rows, channels]
      });
      return head.forward(columns.length === 1 ? columns[0] : tf.concat2d(columns, 1)); // [rows, dimension]
    },
    dispose: () => head.dispose(),
  };
}

/** Normalised volume coordinates of every voxel of a map of `extent` over a patch. */
function positionsOf({ toVolume }: PatchPlace, extent: Triple, patch: Triple): Triple[] {
  const positions: Triple[] = [];
  const inPatch = (index: number, axis: number) => (index + 0.5) * patch[axis] / extent[axis] - 0.5;
  for (let z = 0; z < extent[0]; z++) {
    for (let y = 0; y < extent[1]; y++) {
      for (let x = 0; x < extent[2]; x++) {
        positions.push(volumePosition(toVolume, [inPatch(z, 0), inPatch(y, 1), inPatch(x, 2)]));
      }
    }
  }
  return positions;
}

/**
 * `count` locations at random among those inside the volume; with repetition only where there are too few. A patch with
 * none inside gives any of its locations.
 */
function drawLocations(positions: readonly Triple[], count: number, rng: Rng): number[] {
  const all = positions.map((_, location) => location);
  const inside = all.filter((location) => positions[location].every((value) => value >= 0 && value <= 1));
  const open = inside.length > 0 ? inside : all;
  const drawn: number[] = [];
  while (drawn.length < count) drawn.push(...rng.shuffle(open).slice(0, count - drawn.length));
  return drawn;
}

/** The voxels of a coarser map of the same patches that hold voxels of a finer one. */
function coarser(locations: Int32Array, fine: Triple, coarse: Triple): Int32Array {
  const along = (index: number, axis: number) => Math.floor((index + 0.5) * coarse[axis] / fine[axis]);
  return locations.map((location) => {
    const x = location % fine[2];
    const y = Math.floor(location / fine[2]) % fine[1];
    const z = Math.floor(location / (fine[2] * fine[1])) % fine[0];
    const batch = Math.floor(location / (fine[2] * fine[1] * fine[0]));
    return ((batch * coarse[0] + along(z, 0)) * coarse[1] + along(y, 1)) * coarse[2] + along(x, 2);
  });
}

/**
 * Rows of a matrix; the gradient adds up where a row is read twice. tfjs's own gradient of gather wants a kernel
 * (UnsortedSegmentSum) that its wasm backend lacks.
 *
 * @param matrix [n, channels]
 * @param indices [rows]
 */
export function gatherRows(matrix: tf.Tensor2D, indices: Int32Array): tf.Tensor2D {
  const gather = tf.customGrad((...args: unknown[]) => {
    const [x] = args as [tf.Tensor2D];
    return {
      value: tf.gather(x, tf.tensor1d(indices, "int32")) as tf.Tensor2D, // [rows, channels]
      gradFunc: (dy: tf.Tensor) =>
        tf.scatterND(tf.tensor2d(indices, [indices.length, 1], "int32"), dy, x.shape) as tf.Tensor2D, // [n, channels]
    };
  });
  return gather(matrix) as tf.Tensor2D;
}
