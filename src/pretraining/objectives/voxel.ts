/**
 * Voxel contrast: a place that two overlapping crops of a volume both show is to have one embedding, and no other place
 * of the batch the same (vox2vec, arXiv 2307.14725; VADeR, 2011.05499, and PixPro, 2011.10043, in 2D).
 *
 *     l(i, j) = -log[ exp(z_i.z_j/t) / sum over k != i of exp(z_i.z_k/t) ],    j the same place in the other view
 *
 * the mean over all rows, as SimCLR's with places for patches. The places are voxels of the finest map that is read,
 * matched through the volume's coordinates; the row of a place is the levels' features there, one beside the other, as
 * vox2vec reads its pyramid. Departures from it: the pyramid is the U-Net's own expanding path, down to `decoderLevel`,
 * and a few hundred places are drawn of each volume, not a thousand.
 *
 * Federated, the network and the head are averaged, the head is then left behind, and nothing else leaves the site.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import type { Rng } from "../../core/rng.ts";
import type { Triple } from "../../core/triple.ts";
import { voxelCount } from "../../data/volume.ts";
import { variableGradients } from "../../model/gradients.ts";
import type { NamedVariables } from "../../model/layers.ts";
import { joinPatches } from "../embedding.ts";
import { matchPlaces } from "../matched_places.ts";
import { ntXent } from "../nt_xent.ts";
import type { PretrainConfig } from "../pretrain_config.ts";
import type { PatchPlace, RowPlan } from "../projection.ts";
import { EmbeddingNetwork } from "./embedding_network.ts";
import { WithoutExchange } from "./without_exchange.ts";
import type { EmbeddedRows, Objective, ObjectiveOptions, ObjectiveStep, ViewBatch } from "./objective.ts";

/** Locations of a patch that health is measured on: neighbours are sought among all of them. */
const PROBED = 64;

/** Makes the objective. */
export function voxel(options: ObjectiveOptions): Objective {
  return new VoxelContrast(options);
}

class VoxelContrast extends WithoutExchange implements Objective {
  readonly variables: NamedVariables;
  readonly shared: NamedVariables;
  readonly transferable: NamedVariables;
  readonly #config: PretrainConfig;
  readonly #network: EmbeddingNetwork;

  constructor(options: ObjectiveOptions) {
    super();
    this.#config = options.config;
    this.#network = new EmbeddingNetwork(options, { locations: PROBED });
    this.variables = this.#network.variables;
    this.shared = this.variables;
    this.transferable = this.#network.backbone.variables;
  }

  step({ images, places }: ViewBatch, { rng }: { rng: Rng }): ObjectiveStep {
    const { patch, projections: [{ locations }], temperature } = this.#config;
    const plan = planMatches(places, { patch, extent: this.#network.finest.extent, locations, rng });
    const { value: loss, gradients } = variableGradients(() => {
      if (plan.locations.length === 0) return tf.scalar(0); // the views have no place in common: nothing is learnt
      const z = this.#network.rows(joinPatches(images), plan); // [2 places, dimension]
      return ntXent(z, temperature);
    }, this.variables);
    return { loss, gradients, finish: () => Promise.resolve() };
  }

  embed(images: tf.Tensor5D, places: readonly PatchPlace[], rng: Rng): Promise<EmbeddedRows> {
    return this.#network.embed(images, places, rng);
  }

  dispose(): void {
    this.#network.dispose();
  }
}

/** The rows of a batch: places of the first views of all volumes, then the same places in the second. */
function planMatches(
  [first, second]: ViewBatch["places"],
  { patch, extent, locations, rng }: { patch: Triple; extent: Triple; locations: number; rng: Rng },
): RowPlan {
  const rows: { place: PatchPlace; location: number }[][] = [[], []];
  first.forEach((place, volume) => {
    const views = [place, second[volume]];
    const pairs = matchPlaces(views[0], views[1], { patch, extent, count: locations, rng });
    pairs.forEach((ofView, view) => {
      const start = (view * first.length + volume) * voxelCount(extent); // of its patch in the joined views
      for (const voxel of ofView) rows[view].push({ place: views[view], location: start + voxel });
    });
  });
  const all = rows.flat();
  return {
    locations: Int32Array.from(all, ({ location }) => location),
    volumes: Int32Array.from(all, ({ place }) => place.volume),
    views: Int32Array.from(all, ({ place }) => place.view),
    partitions: new Int32Array(all.length), // nothing asks for them here
  };
}
