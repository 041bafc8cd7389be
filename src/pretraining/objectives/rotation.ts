/**
 * Rotation prediction in 3D (Taleb et al., 3D Self-Supervised Methods for Medical Imaging, arXiv 2006.03829, after
 * Gidaris et al., 1803.07728): each patch is turned by a multiple of 90 degrees about one axis, and the network says by
 * which.
 *
 * The classes are Taleb's ten: no turn, and three about each axis (of the 24 rotations of a cube, those about one
 * axis). A patch that is no cube has those of them that leave its extents as they are; six at least where two agree,
 * else four. Where voxels are no cubes, a turn out of the slices stretches the anatomy: an easy hint, which the paper's
 * cubic volumes do not give.
 *
 * Federated, the network and the classifier are averaged; the classifier is then left behind.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import type { Rng } from "../../core/rng.ts";
import { perAxis, type Triple } from "../../core/triple.ts";
import { avgPool3d } from "../../engine/ops/avg_pool3d.ts";
import { variableGradients } from "../../model/gradients.ts";
import type { NamedVariables } from "../../model/layers.ts";
import { turnedVoxels, turnsOf } from "../_quarter_turns.ts";
import { type MapShape, resolveMaps } from "../backbone.ts";
import { joinPatches } from "../embedding.ts";
import { contrastiveLoss, LEFT_OUT } from "../losses.ts";
import type { PatchPlace } from "../projection.ts";
import { ProjectionHead } from "../projection_head.ts";
import { EmbeddingNetwork } from "./embedding_network.ts";
import { WithoutExchange } from "./without_exchange.ts";
import type { EmbeddedRows, Objective, ObjectiveOptions, ObjectiveStep, ViewBatch } from "./objective.ts";

/** Makes the objective. */
export function rotation(options: ObjectiveOptions): Objective {
  return new Rotation(options);
}

class Rotation extends WithoutExchange implements Objective {
  readonly variables: NamedVariables;
  readonly shared: NamedVariables;
  readonly transferable: NamedVariables;
  readonly #network: EmbeddingNetwork;
  readonly #classifier: Classifier;
  /** Of each class: for each voxel of a turned patch, the one that comes there. */
  readonly #voxels: readonly Int32Array[];

  constructor(options: ObjectiveOptions) {
    super();
    const { config, modelRng } = options;
    this.#network = new EmbeddingNetwork(options, { head: "none" });
    this.#voxels = turnsOf(config.patch).map((turn) => turnedVoxels(config.patch, turn));
    const { maps } = this.#network;
    const { hidden } = config;
    this.#classifier = new Classifier(modelRng, { maps, hidden, classes: this.#voxels.length });
    this.variables = new Map([...this.#network.variables, ...this.#classifier.variables]);
    this.shared = this.variables;
    this.transferable = this.#network.backbone.variables;
  }

  step({ images }: ViewBatch, { rng }: { rng: Rng }): ObjectiveStep {
    const patches = images.reduce((sum, { shape: [volumes] }) => sum + volumes, 0);
    const classes = Array.from({ length: patches }, () => rng.int(this.#voxels.length));
    const { value: loss, gradients } = variableGradients(() => {
      const turned = this.#turn(joinPatches(images), classes); // [2 volumes, depth, height, width, image channels]
      const logits = this.#classifier.forward(this.#network.backbone.features(turned)); // [2 volumes, classes]
      return crossEntropy(logits, classes);
    }, this.variables);
    return { loss, gradients, finish: () => Promise.resolve() };
  }

  /** Each patch turned as its class says. */
  #turn(images: tf.Tensor5D, classes: readonly number[]): tf.Tensor5D {
    const voxels = this.#voxels[0].length;
    const indices = new Int32Array(classes.length * voxels);
    classes.forEach((ofPatch, patch) => {
      const turned = this.#voxels[ofPatch];
      for (let i = 0, start = patch * voxels; i < voxels; i++) indices[start + i] = start + turned[i];
    });
    const rows = images.reshape([-1, images.shape[4]]); // [patches * voxels, image channels]
    return tf.gather(rows, tf.tensor1d(indices, "int32")).reshape(images.shape) as tf.Tensor5D;
  }

  embed(images: tf.Tensor5D, places: readonly PatchPlace[], rng: Rng): Promise<EmbeddedRows> {
    return this.#network.embed(images, places, rng);
  }

  dispose(): void {
    this.#network.dispose();
    this.#classifier.dispose();
  }
}

/** The encoder's last map to a logit a class: means over about an eighth of the patch each, then a projection head. */
class Classifier {
  readonly variables: NamedVariables;
  readonly #level: number;
  readonly #window: Triple;
  readonly #head: ProjectionHead;

  constructor(
    rng: Rng,
    { maps, hidden, classes }: { maps: readonly MapShape[]; hidden: number; classes: number },
  ) {
    [this.#level] = resolveMaps(["bottleneck"], maps);
    const { extent, channels } = maps[this.#level];
    this.#window = perAxis((axis) => Math.max(1, Math.floor(extent[axis] / 2)));
    const blocks = extent.reduce((count, along, axis) => count * Math.floor(along / this.#window[axis]), 1);
    const widths = { inputs: blocks * channels, hidden, dimension: classes };
    this.#head = new ProjectionHead(rng, { ...widths, name: "rotation", normalise: false });
    this.variables = this.#head.variables;
  }

  /** A map [patches, depth, height, width, channels] a level -> [patches, classes] */
  forward(maps: readonly tf.Tensor5D[]): tf.Tensor2D {
    const map = maps[this.#level];
    const means = avgPool3d(map, this.#window).reshape([map.shape[0], -1]) as tf.Tensor2D; // [patches, blocks * channels]
    return this.#head.forward(means); // [patches, classes]
  }

  dispose(): void {
    this.#head.dispose();
  }
}

/**
 * The mean over the patches of -log softmax(logits) of the true class (1803.07728, equations 1 and 2).
 *
 * @param logits [patches, classes]
 */
export function crossEntropy(logits: tf.Tensor2D, classes: readonly number[]): tf.Scalar {
  const [rows, columns] = logits.shape;
  const weights = new Float32Array(rows * columns), penalties = new Float32Array(rows * columns);
  classes.forEach((ofPatch, patch) => {
    weights[patch * columns + ofPatch] = 1;
    penalties[patch * columns + ofPatch] = LEFT_OUT; // the true class stands apart from the others, see `contrastiveLoss`
  });
  return contrastiveLoss(logits, tf.tensor2d(weights, logits.shape), tf.tensor2d(penalties, logits.shape));
}
