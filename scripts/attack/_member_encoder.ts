/**
 * What every member has: the averaged momentum encoder with its projections, from patches to embeddings.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import {
  type Backbone,
  describeMaps,
  type MapShape,
  resolveMaps,
  unetBackbone,
} from "../../src/pretraining/backbone.ts";
import type { PretrainConfig } from "../../src/pretraining/pretrain_config.ts";
import { cellCount } from "../../src/pretraining/partitions.ts";
import type { PatchPlace, Projection, RowPlan } from "../../src/pretraining/projection.ts";
import { createProjection } from "../../src/pretraining/projections/projections.ts";
import { Rng } from "../../src/core/rng.ts";
import { perAxis, type Triple } from "../../src/core/triple.ts";
import type { NamedVector } from "../../src/core/vectors.ts";
import type { UNetConfig } from "../../src/model/config.ts";
import { writeWeights } from "../../src/model/weights.ts";

const SHARED = "momentum/";

/** Options of {@linkcode MemberEncoder}. */
export interface MemberEncoderOptions {
  config: PretrainConfig;
  network: UNetConfig;
}

/** Embeds as the sites do when they make what they release. */
export class MemberEncoder {
  /** Partitions of each projection; a released partition counts on from one projection to the next. */
  readonly partitions: readonly number[];
  readonly #config: PretrainConfig;
  readonly #backbone: Backbone;
  readonly #maps: readonly MapShape[];
  readonly #projections: readonly Projection[];

  constructor({ config, network }: MemberEncoderOptions) {
    const { patch, dimension, hidden, projections } = config;
    const rng = new Rng(0); // the weights are the consortium's
    this.#config = config;
    this.#backbone = unetBackbone(network, config)(rng);
    this.#maps = describeMaps(this.#backbone, patch);
    this.#projections = projections.map(({ kind, grid, maps: read, locations }, index) =>
      createProjection(kind, {
        ...{ maps: this.#maps, patch, grid, read, dimension, hidden, locations, rng },
        name: `head${index}`,
      })
    );
    this.partitions = projections.map(({ grid }) => cellCount(grid));
  }

  /** Takes the momentum networks' part of the weights that sites average. */
  setWeights(shared: readonly NamedVector[]): void {
    const own = new Map(
      [this.#backbone, ...this.#projections].flatMap(({ variables }) => [...variables]),
    );
    writeWeights(
      own,
      shared.filter(({ name }) => name.startsWith(SHARED))
        .map((vector) => ({ ...vector, name: vector.name.slice(SHARED.length) })),
    );
  }

  /** Which rows each projection makes of patches, drawn as in training. */
  plan(places: readonly PatchPlace[], rng: Rng): RowPlan[] {
    return this.#projections.map((projection) => projection.plan(places, rng));
  }

  /**
   * The rows of each projection: [rows, dimension], of norm 1.
   *
   * @param images [patches, depth, height, width], normalised over together as a batch.
   */
  async embed(images: Float32Array, plans: readonly RowPlan[]): Promise<Float32Array[]> {
    const [depth, height, width] = this.#config.patch;
    const rows = tf.tidy(() => {
      const x = tf.tensor5d(images, [images.length / (depth * height * width), depth, height, width, 1]);
      const maps = this.#backbone.features(x);
      return this.#projections.map((projection, index) => projection.forward(maps, plans[index])); // [rows, dimension]
    });
    const values = await Promise.all(rows.map(async (tensor) => Float32Array.from(await tensor.data<"float32">())));
    tf.dispose(rows);
    return values;
  }

  /** Where the rows of dense projection `index` lie: normalised volume coordinates (z, y, x) of each. */
  positions(index: number, plan: RowPlan, places: readonly PatchPlace[]): Triple[] {
    const [finest] = resolveMaps(this.#config.projections[index].maps, this.#maps);
    const { extent } = this.#maps[finest];
    const voxels = extent[0] * extent[1] * extent[2];
    return Array.from(plan.locations, (location) => {
      const { toVolume } = places[Math.floor(location / voxels)];
      const at = location % voxels;
      const cell = [Math.floor(at / (extent[1] * extent[2])), Math.floor(at / extent[2]) % extent[1], at % extent[2]];
      const inPatch = cell.map((value, axis) => (value + 0.5) * this.#config.patch[axis] / extent[axis] - 0.5);
      const along = (row: number) =>
        inPatch.reduce((sum, value, axis) => sum + toVolume[4 * row + axis] * value, toVolume[4 * row + 3]);
      return perAxis(along);
    });
  }

  /** Frees the weights. */
  dispose(): void {
    for (const part of [this.#backbone, ...this.#projections]) part.dispose();
  }
}
