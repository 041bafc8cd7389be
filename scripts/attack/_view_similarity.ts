/**
 * EncoderMI (Liu et al., arXiv 2108.11023): augmented views of a volume are more alike to the encoder if it was trained
 * on the volume.
 *
 * The encoders here embed locations, and training draws together rows of the same partition from different views; so
 * two views' similarity is the mean, over the partitions that both show, of the cosine between their mean rows there.
 *
 * @module
 */
import { mean } from "../../src/core/statistics.ts";
import { viewsFrom } from "../../src/pretraining/views.ts";
import type { PretrainConfig } from "../../src/pretraining/pretrain_config.ts";
import type { Rng } from "../../src/core/rng.ts";
import type { PreparedCase } from "../../src/data/prepare.ts";
import type { MemberEncoder } from "./_member_encoder.ts";

/** Rows of one projection from several views of one volume. */
export interface ViewRows {
  /** [rows, d] */
  readonly features: Float32Array;
  /** [rows] */
  readonly partitions: Int32Array;
  /** [rows] */
  readonly views: Int32Array;
}

/** A volume as the attacker sees it. */
export interface Candidate {
  /** The index of its site; 0 is the attacker's. */
  readonly site: number;
  readonly isMember: boolean;
  /** Of each projection. */
  readonly rows: readonly ViewRows[];
}

/** Embeds `count` views of a volume, augmented as in training: of each projection the rows. */
export async function embedViews(
  prepared: PreparedCase,
  { encoder, config, count, rng }: { encoder: MemberEncoder; config: PretrainConfig; count: number; rng: Rng },
): Promise<ViewRows[]> {
  const request = { cases: new Array<number>(Math.ceil(count / 2)).fill(0), seed: rng.fork("views").seed };
  const { images, places } = viewsFrom({ cases: [prepared], config })(request); // two views a request
  const voxels = images.reduce((sum, { length }) => sum + length, 0);
  const stacked = new Float32Array(voxels);
  images.forEach((values, view) => stacked.set(values, view * voxels / images.length));
  const all = places.flat().map((place, view) => ({ ...place, volume: view }));
  const plans = encoder.plan(all, rng.fork("locations"));
  const rows = await encoder.embed(stacked, plans);
  return plans.map(({ partitions, volumes: views }, index) => ({ features: rows[index], partitions, views }));
}

/** The similarity of each pair of views, descending. */
export function viewSimilarities({ features, partitions, views }: ViewRows): number[] {
  const d = features.length / partitions.length;
  const means: Map<number, Float64Array>[] = []; // of each view by partition: the sum of its rows, whose direction is the mean's
  partitions.forEach((partition, row) => {
    const own = means[views[row]] ??= new Map();
    const sum = own.get(partition) ?? new Float64Array(d);
    for (let i = 0; i < d; i++) sum[i] += features[row * d + i];
    own.set(partition, sum);
  });
  const similarities: number[] = [];
  means.forEach((a, first) => {
    for (const b of means.slice(first + 1)) {
      const cosines = [...a].flatMap(([partition, sum]) => b.has(partition) ? cosine(sum, b.get(partition)!) : []);
      if (cosines.length > 0) similarities.push(mean(cosines));
    }
  });
  return similarities.sort((a, b) => b - a);
}

function cosine(a: Float64Array, b: Float64Array): number {
  let [product, squareA, squareB] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    product += a[i] * b[i];
    squareA += a[i] * a[i];
    squareB += b[i] * b[i];
  }
  return product / Math.sqrt(squareA * squareB);
}

/** Values of a sorted list at `count` even distances: lists of different lengths become comparable. */
export function quantiles(descending: readonly number[], count: number): number[] {
  return Array.from(
    { length: count },
    (_, i) => descending[Math.round(i * (descending.length - 1) / (count - 1))] ?? 0,
  );
}
