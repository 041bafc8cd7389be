/**
 * Masked reconstruction: cubes of a patch are hidden and the network fills them in (MAE, arXiv 2111.06377; for 3D
 * convolutional networks 2410.23132; the generative self-supervision of Models Genesis, 1908.06912, is its kin).
 *
 * A cube is what one voxel of the encoder's last map stands for, and is hidden by zeros, the volumes' mean. The whole
 * expanding path is trained and passed on, too; the map from its finest channels to an intensity is averaged and then
 * left behind. Unlike MAE's, the encoder sees the hidden cubes' places: a convolution needs them.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { UserError } from "../../core/errors.ts";
import type { Rng } from "../../core/rng.ts";
import { perAxis, type Triple } from "../../core/triple.ts";
import { upsample3d } from "../../engine/ops/upsample3d.ts";
import { variableGradients } from "../../model/gradients.ts";
import { type NamedVariables, Parameters, Pointwise } from "../../model/layers.ts";
import { drawDistinct } from "../_shares.ts";
import { resolveMaps } from "../backbone.ts";
import type { PretrainConfig } from "../pretrain_config.ts";
import { joinPatches } from "../embedding.ts";
import type { PatchPlace } from "../projection.ts";
import { EmbeddingNetwork } from "./embedding_network.ts";
import { WithoutExchange } from "./without_exchange.ts";
import type { EmbeddedRows, Objective, ObjectiveOptions, ObjectiveStep, ViewBatch } from "./objective.ts";

/** Makes the objective. @throws {UserError} if a patch holds one cube only. */
export function reconstruction(options: ObjectiveOptions): Objective {
  return new Reconstruction(options);
}

class Reconstruction extends WithoutExchange implements Objective {
  readonly variables: NamedVariables;
  readonly shared: NamedVariables;
  readonly transferable: NamedVariables;
  readonly #config: PretrainConfig;
  readonly #network: EmbeddingNetwork;
  readonly #intensity: Pointwise;
  /** Cubes along z, y, x. */
  readonly #cubes: Triple;

  constructor(options: ObjectiveOptions) {
    super();
    const { config, modelRng } = options;
    this.#config = config;
    this.#network = new EmbeddingNetwork(options, { head: "none" });
    const { maps } = this.#network;
    this.#cubes = maps[resolveMaps(["bottleneck"], maps)[0]].extent;
    const parameters = new Parameters(modelRng);
    this.#intensity = new Pointwise(parameters, "reconstruction", { in: maps.at(-1)!.channels, out: 1, bias: true });
    this.variables = new Map([...this.#network.variables, ...parameters.variables]);
    this.shared = this.variables;
    this.transferable = this.#network.backbone.variables;
    if (this.#cubes.every((extent) => extent === 1)) {
      this.dispose();
      throw new UserError(
        "starting pre-training: for reconstruction a patch must be more than one voxel of the encoder's last map",
        { where: "pretrain.patch", value: config.patch.join(" x ") },
      );
    }
  }

  step({ images }: ViewBatch, { rng }: { rng: Rng }): ObjectiveStep {
    const { patch, maskRatio } = this.#config;
    const { value: loss, gradients } = variableGradients(() => {
      const truth = joinPatches(images); // [2 volumes, depth, height, width, 1]
      const cubes = drawMask(truth.shape[0], this.#cubes, maskRatio, rng);
      const factor = perAxis((axis) => patch[axis] / this.#cubes[axis]);
      const mask = upsample3d(tf.tensor5d(cubes, [truth.shape[0], ...this.#cubes, 1]), factor); // as the truth, 1 where hidden
      const visible = truth.mul(tf.sub(1, mask)) as tf.Tensor5D;
      const finest = this.#network.backbone.features(visible).at(-1)!; // [2 volumes, depth, height, width, channels]
      return maskedError(this.#intensity.forward(finest), truth, mask);
    }, this.variables);
    return { loss, gradients, finish: () => Promise.resolve() };
  }

  embed(images: tf.Tensor5D, places: readonly PatchPlace[], rng: Rng): Promise<EmbeddedRows> {
    return this.#network.embed(images, places, rng);
  }

  dispose(): void {
    this.#network.dispose();
    tf.dispose([...this.#intensity.variables]);
  }
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

/**
 * The mean squared error over hidden voxels (MAE, section 3, "Reconstruction target", of the intensities themselves).
 *
 * @param predicted [batch, depth, height, width, 1], like the other two
 * @param mask 1 where a voxel was hidden, 0 elsewhere; at least one was.
 */
export function maskedError(predicted: tf.Tensor5D, truth: tf.Tensor5D, mask: tf.Tensor5D): tf.Scalar {
  return predicted.sub(truth).square().mul(mask).sum().div(mask.sum()) as tf.Scalar;
}
