/** A backbone with one projection: what objectives other than FCL learn with, and what their health is measured on. */
import type { Tensor2D, Tensor5D } from "../../engine/tensors.ts";
import type { Rng } from "../../core/rng.ts";
import type { NamedVariables } from "../../model/layers.ts";
import { type Backbone, describeMaps, type MapShape } from "../backbone.ts";
import { embedPatches } from "../embedding.ts";
import type { PatchPlace, Projection, RowPlan } from "../projection.ts";
import { createProjection } from "../projections/projections.ts";
import type { HeadKind } from "../projection_head.ts";
import type { EmbeddedRows, ObjectiveOptions } from "./objective.ts";

/** Options of {@linkcode EmbeddingNetwork}. */
export interface EmbeddingNetworkOptions {
  /** "unit": rows of norm 1; "raw": as the head's last layer gives them. @default "unit" */
  head?: HeadKind;
  /** Locations of a patch that {@linkcode EmbeddingNetwork.embed} reads. @default those of the projection's settings */
  locations?: number;
}

/** Patches to rows, by the first entry of `config.projections`. */
export class EmbeddingNetwork {
  /** What a segmentation network starts from. */
  readonly backbone: Backbone;
  /** The backbone's feature maps for one patch. */
  readonly maps: readonly MapShape[];
  /** The backbone's, then the head's. */
  readonly variables: NamedVariables;
  readonly #projection: Projection;

  /** Draws the initial weights: the backbone's, then the head's. */
  constructor({ config, createBackbone, modelRng }: ObjectiveOptions, options: EmbeddingNetworkOptions = {}) {
    const { projections: [{ kind, grid, maps: read, locations: usual }], patch, dimension, hidden } = config;
    const { head = "unit", locations = usual } = options;
    this.backbone = createBackbone(modelRng);
    this.maps = describeMaps(this.backbone, patch);
    this.#projection = createProjection(kind, {
      ...{ maps: this.maps, patch, grid, read, dimension, hidden, locations, head },
      name: "head0",
      rng: modelRng,
    });
    this.variables = new Map([...this.backbone.variables, ...this.#projection.variables]);
  }

  /**
   * The rows of patches, also inside a gradient: [rows, dimension].
   *
   * @param images [patches, depth, height, width, channels of the images]
   */
  forward(images: Tensor5D, places: readonly PatchPlace[], rng: Rng): Tensor2D {
    return this.rows(images, this.#projection.plan(places, rng));
  }

  /** The rows of locations that were chosen elsewhere, in voxels of the map of {@linkcode EmbeddingNetwork.finest}. */
  rows(images: Tensor5D, plan: RowPlan): Tensor2D {
    return this.#projection.forward(this.backbone.features(images), plan);
  }

  /** The finest map that is read. */
  get finest(): MapShape {
    return this.maps[this.#projection.reads[0]];
  }

  /** The rows of many patches, on the processor. */
  embed(images: Tensor5D, places: readonly PatchPlace[], rng: Rng): Promise<EmbeddedRows> {
    return embedPatches({ backbone: this.backbone, projection: this.#projection }, images, { places, rng });
  }

  /** Frees the weights. */
  dispose(): void {
    this.backbone.dispose();
    this.#projection.dispose();
  }
}
