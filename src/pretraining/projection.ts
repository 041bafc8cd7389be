/**
 * Projections: how feature maps become rows of embeddings, each with its partition.
 *
 * @module
 */
import type * as tf from "@tensorflow/tfjs";
import type { Rng } from "../core/rng.ts";
import type { Triple } from "../core/triple.ts";
import type { NamedVariables } from "../model/layers.ts";
import type { MapShape } from "./backbone.ts";
import type { RowLabels } from "./losses.ts";
import type { HeadKind } from "./projection_head.ts";

/** A patch as a projection sees it. */
export interface PatchPlace {
  /** 3x4 row-major: patch voxel index (z, y, x) to normalised volume coordinates (z, y, x); see `Patch.toVolume`. */
  readonly toVolume: Float64Array;
  /** The index of its volume in the batch. */
  readonly volume: number;
  /** Which view of that volume it is. */
  readonly view: number;
}

/** Which rows are made of a batch, and what they show. */
export interface RowPlan extends RowLabels {
  /** [rows], the location that a row reads, as an index into the flattened batch of the finest map that is read. */
  readonly locations: Int32Array;
}

/** Feature maps to embeddings. */
export interface Projection {
  /** Values of an embedding. */
  readonly dimension: number;
  readonly variables: NamedVariables;
  /** The indices of the maps that `forward` reads; the others may be absent. */
  readonly reads: readonly number[];
  /** Chooses the rows of a batch of patches; `forward` makes them, in this order. */
  plan(places: readonly PatchPlace[], rng: Rng): RowPlan;
  /**
   * Makes the rows: [rows, dimension], of L2 norm 1 where the head brings them to it, from feature maps [batch, depth,
   * height, width, channels].
   */
  forward(maps: readonly tf.Tensor5D[], plan: RowPlan): tf.Tensor2D;
  /** Frees the weights. */
  dispose(): void;
}

/** What a projection is made from. */
export interface ProjectionOptions {
  /** The backbone's feature maps for one patch. */
  maps: readonly MapShape[];
  /** Voxels of a patch: z, y, x. */
  patch: Triple;
  /** Partitions of the volume along z, y, x. */
  grid: Triple;
  /** The names of the maps that are read, side by side; see `resolveMaps`. */
  read: readonly string[];
  dimension: number;
  hidden: number;
  /** Locations a patch (dense). */
  locations: number;
  /** Put before the variables' names. @default "head" */
  name?: string;
  /** @default "unit" */
  head?: HeadKind;
  /** The weights are a pure function of it. */
  rng: Rng;
}
