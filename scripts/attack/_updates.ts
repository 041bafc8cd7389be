/**
 * Updates as sites make them: what a round of pre-training from common weights adds to those, by a peer's own objective
 * and optimiser.
 *
 * @module
 */
import { Rng } from "../../src/core/rng.ts";
import { flatten, type NamedVector } from "../../src/core/vectors.ts";
import type { PreparedCase } from "../../src/data/prepare.ts";
import type { UNetConfig } from "../../src/model/config.ts";
import { unetBackbone } from "../../src/pretraining/backbone.ts";
import type { PretrainConfig } from "../../src/pretraining/pretrain_config.ts";
import { Pretrainer } from "../../src/pretraining/pretrainer.ts";

/** What trains. */
export interface UpdateMakerOptions {
  readonly config: PretrainConfig;
  readonly network: UNetConfig;
  /** Of the weights that all begin with. */
  readonly seed: number;
}

/** What is trained by gradients; the momentum networks follow it. */
const isTrained = ({ name }: NamedVector) => !name.startsWith("momentum/");

/** Makes updates from the same weights, each by a trainer of its own. */
export class UpdateMaker {
  readonly #options: UpdateMakerOptions;
  #start: NamedVector[] | undefined;

  constructor(options: UpdateMakerOptions) {
    this.#options = options;
  }

  /** Trains the weights that all updates begin with. */
  async begin(cases: readonly PreparedCase[], steps: number): Promise<void> {
    this.#start = await this.#train(cases, { steps, stream: "begun" });
  }

  /**
   * What `steps` steps on `cases` add: [values].
   *
   * @param stream names what is drawn
   */
  async update(
    cases: readonly PreparedCase[],
    { steps, stream }: { steps: number; stream: string },
  ): Promise<Float32Array> {
    const after = await this.#train(cases, { steps, stream });
    const start = flatten(this.#start!.filter(isTrained));
    return flatten(after.filter(isTrained)).map((value, i) => value - start[i]);
  }

  async #train(
    cases: readonly PreparedCase[],
    { steps, stream }: { steps: number; stream: string },
  ): Promise<NamedVector[]> {
    const { config, network, seed } = this.#options;
    const rng = new Rng(seed);
    const createBackbone = unetBackbone(network, config);
    const trainer = await Pretrainer.open({
      ...{ config, createBackbone, cases, rng: rng.fork(stream), modelRng: rng.fork("model") },
    });
    try {
      if (this.#start) trainer.setWeights(this.#start);
      for await (const _ of trainer.round({ round: 1, steps })) { /* its result is in the weights */ }
      return await trainer.weights();
    } finally {
      await trainer.dispose();
    }
  }
}

/** The mean of each of `extent`^3 equal parts of a volume: [extent^3]. */
export function coarse({ image, shape: [depth, height, width] }: PreparedCase, extent: number): Float32Array {
  const [sums, counts] = [new Float64Array(extent ** 3), new Float64Array(extent ** 3)];
  const part = (at: number, length: number) => Math.floor(at * extent / length);
  let voxel = 0;
  for (let z = 0; z < depth; z++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const cell = (part(z, depth) * extent + part(y, height)) * extent + part(x, width);
        sums[cell] += image[voxel++];
        counts[cell]++;
      }
    }
  }
  return Float32Array.from(sums, (sum, cell) => counts[cell] === 0 ? 0 : sum / counts[cell]);
}
