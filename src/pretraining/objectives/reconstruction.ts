/**
 * Masked reconstruction: cubes of a patch are hidden and the network fills them in (MAE, arXiv 2111.06377; for 3D
 * convolutional networks 2410.23132; the generative self-supervision of Models Genesis, 1908.06912, is its kin).
 *
 * A cube is what one voxel of the encoder's last map stands for, and is hidden by zeros, the volumes' mean. The whole
 * expanding path is trained and passed on, too; the map from its finest channels to the intensities is averaged and
 * then left behind. Unlike MAE's, the encoder sees the hidden cubes' places: a convolution needs them.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { UserError } from "../../core/errors.ts";
import type { Rng } from "../../core/rng.ts";
import { perAxis, type Triple } from "../../core/triple.ts";
import { upsample3d } from "../../engine/ops/upsample3d.ts";
import { Parameters, Pointwise } from "../../model/layers.ts";
import { drawDistinct } from "../_shares.ts";
import { resolveMaps } from "../backbone.ts";
import type { Objective, ObjectiveOptions } from "./objective.ts";
import { type Pretext, pretextObjective, type PretextOptions } from "./pretext.ts";

/** Makes the objective. @throws {UserError} if a patch holds one cube only. */
export function reconstruction(options: ObjectiveOptions): Objective {
  return pretextObjective(maskedReconstruction, options);
}

/** The pretext. @throws {UserError} if a patch holds one cube only. */
export function maskedReconstruction({ config, maps, channels, modelRng }: PretextOptions): Pretext {
  const { patch, maskRatio } = config;
  const cubes = maps[resolveMaps(["bottleneck"], maps)[0]].extent; // along z, y, x
  if (cubes.every((extent) => extent === 1)) {
    throw new UserError(
      "starting pre-training: for reconstruction a patch must be more than one voxel of the encoder's last map",
      { where: "pretrain.patch", value: patch.join(" x ") },
    );
  }
  const factor = perAxis((axis) => patch[axis] / cubes[axis]);
  const parameters = new Parameters(modelRng);
  const intensity = new Pointwise(parameters, "reconstruction", {
    in: maps.at(-1)!.channels,
    out: channels,
    bias: true,
  });
  return {
    variables: parameters.variables,
    pose: (truth, rng) => { // [patches, depth, height, width, channels]
      const patches = truth.shape[0];
      const hidden = inAllChannels(drawMask(patches, cubes, maskRatio, rng), channels);
      const mask = upsample3d(tf.tensor5d(hidden, [patches, ...cubes, channels]), factor); // as the truth, 1 where hidden
      return {
        shown: truth.mul(tf.sub(1, mask)) as tf.Tensor5D,
        loss: (maps) => maskedError(intensity.forward(maps.at(-1)!), truth, mask),
      };
    },
    dispose: () => tf.dispose([...parameters.variables.values()]),
  };
}

/**
 * 1 for each cube that is hidden, 0 for the others, patch after patch: the same number of each patch, never all or
 * none.
 */
export function drawMask(patches: number, cubes: Triple, ratio: number, rng: Rng): Float32Array {
  const count = cubes[0] * cubes[1] * cubes[2];
  const hidden = Math.min(count - 1, Math.max(1, Math.round(ratio * count)));
  const mask = new Float32Array(patches * count);
  for (let patch = 0; patch < patches; patch++) {
    for (const cube of drawDistinct(count, hidden, rng)) mask[patch * count + cube] = 1;
  }
  return mask;
}

/** Hides a cube in all channels: one would tell of another. */
function inAllChannels(mask: Float32Array, channels: number): Float32Array {
  if (channels === 1) return mask;
  return Float32Array.from({ length: mask.length * channels }, (_, i) => mask[Math.floor(i / channels)]);
}

/**
 * The mean squared error over hidden voxels and channels (MAE, section 3, "Reconstruction target", of the intensities
 * themselves).
 *
 * @param predicted [batch, depth, height, width, image channels], like the other two
 * @param mask 1 where a voxel was hidden, 0 elsewhere; at least one was.
 */
export function maskedError(predicted: tf.Tensor5D, truth: tf.Tensor5D, mask: tf.Tensor5D): tf.Scalar {
  return predicted.sub(truth).square().mul(mask).sum().div(mask.sum()) as tf.Scalar;
}
