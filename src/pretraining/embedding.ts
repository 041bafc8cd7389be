/**
 * Embedding many patches without the memory of a step of that many.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import type { Tensor5D } from "../engine/tensors.ts";
import type { Rng } from "../core/rng.ts";
import type { Backbone } from "./backbone.ts";
import type { EmbeddedRows } from "./objectives/objective.ts";
import type { PatchPlace, Projection } from "./projection.ts";

/** Patches that go through the backbone at a time. */
const PIECE = 2;

/** What embeds. */
export interface Embedder {
  readonly backbone: Backbone;
  readonly projection: Projection;
}

/**
 * The rows of patches: the backbone sees a few patches at a time, since all at once would take several times the memory
 * of a step; the projection sees them together.
 *
 * @param images [patches, depth, height, width, channels of the images]
 */
export async function embedPatches(
  { backbone, projection }: Embedder,
  images: Tensor5D,
  { places, rng }: { places: readonly PatchPlace[]; rng: Rng },
): Promise<EmbeddedRows> {
  const plan = projection.plan(places, rng);
  const rows = tf.tidy(() => projection.forward(mapsInPieces(backbone, images, projection.reads), plan)); // [rows, dimension]
  const features = Float32Array.from(await rows.data<"float32">());
  rows.dispose();
  return { features, partitions: plan.partitions, volumes: plan.volumes };
}

/** Some of a backbone's maps, at their indices: [patches, depth, height, width, channels]. */
function mapsInPieces(backbone: Backbone, images: Tensor5D, reads: readonly number[]): Tensor5D[] {
  const [patches, ...extent] = images.shape;
  const pieces: Tensor5D[][] = [];
  for (let start = 0; start < patches; start += PIECE) {
    const size = Math.min(PIECE, patches - start);
    pieces.push(tf.tidy(() => {
      const piece = images.slice([start, 0, 0, 0, 0], [size, ...extent]);
      const maps = backbone.features(piece); // a map [size, depth, height, width, channels] a level
      return reads.map((index) => maps[index]);
    }));
  }
  const maps: Tensor5D[] = [];
  reads.forEach((index, position) => maps[index] = joinPatches(pieces.map((piece) => piece[position])));
  return maps;
}

/** Patches of several tensors one after another. */
export function joinPatches(images: readonly Tensor5D[]): Tensor5D {
  return images.length === 1 ? images[0] : tf.concat([...images], 0) as Tensor5D;
}
