/**
 * Decoders from embeddings to what they were made from, trained on pairs that the attacker made itself.
 *
 * @module
 */
import { PartitionMeans } from "./_partition_means.ts";
import { ridge, type Sample } from "./_ridge.ts";

/** Embeddings as they are released. */
export interface Embeddings {
  /** [n, d] */
  readonly features: Float32Array;
  /** [n] */
  readonly partitions: Int32Array;
}

/** Embeddings with what they were made from. */
export interface Pairs extends Embeddings {
  /** [n, 3], normalised volume coordinates z, y, x. */
  readonly positions: Float32Array;
  /** [n], the number of the volume. */
  readonly volumes: Int32Array;
  /** [n, values] */
  readonly targets: Float32Array;
}

/** What a decoder is made from, and what it is to decode. */
export interface DecoderOptions {
  /** To fit to. */
  fit: Pairs;
  /** Of other volumes: what does best on them is taken. */
  check: Pairs;
  /** The number of partitions. */
  partitions: number;
  /** What is turned back. */
  released: Embeddings;
}

/** The mean target of the partition: what position alone tells. [n, values] */
export function decodeByMean({ fit, partitions, released }: Omit<DecoderOptions, "check">): Float32Array {
  return new PartitionMeans(fit.targets, fit.partitions, partitions).of(released.partitions);
}

/**
 * Ridge regression of the target's difference from its partition's mean on the embedding's difference from its mean.
 * [n, values]
 */
export async function decodeByRidge({ fit, check, partitions, released }: DecoderOptions): Promise<Float32Array> {
  const inputs = new PartitionMeans(fit.features, fit.partitions, partitions);
  const outputs = new PartitionMeans(fit.targets, fit.partitions, partitions);
  const centred = (pairs: Pairs): Sample => ({
    rows: pairs.partitions.length,
    x: inputs.subtractedFrom(pairs.features, pairs.partitions),
    y: outputs.subtractedFrom(pairs.targets, pairs.partitions),
  });
  const x = inputs.subtractedFrom(released.features, released.partitions);
  return outputs.addedTo(await ridge(centred(fit), centred(check), x), released.partitions);
}

/**
 * What exact positions tell, which a release does not say, and what embeddings tell beyond them: the mean target of the
 * nearest places in other volumes, and the same with a ridge regression of the target's difference from it on the
 * embedding's difference from the mean embedding there. If an embedding tells of nothing but its place, both are as
 * good.
 *
 * @param released with the true positions, which the attacker does not know.
 */
export async function decodeByPlace(
  { fit, check }: Pick<DecoderOptions, "fit" | "check">,
  released: Omit<Pairs, "targets">,
): Promise<{ place: Float32Array; placeAndRidge: Float32Array }> {
  const centred = (pairs: Pairs, isOwn: boolean): Sample => {
    const near = nearestPlaces(fit, pairs, isOwn);
    const rest = (own: Float32Array, of: Float32Array) => difference(own, meansAt(of, fit.partitions.length, near));
    return {
      rows: near.length,
      x: rest(pairs.features, fit.features),
      y: rest(pairs.targets, fit.targets),
    };
  };
  const near = nearestPlaces(fit, released, false);
  const place = meansAt(fit.targets, fit.partitions.length, near);
  const x = difference(released.features, meansAt(fit.features, fit.partitions.length, near));
  const rest = await ridge(centred(fit, true), centred(check, false), x);
  return { place, placeAndRidge: place.map((value, i) => value + rest[i]) };
}

/** Places that are averaged. */
const NEAREST = 24;

/** For each row the nearest rows of `fit`; where it is one of them, only those of other volumes. */
function nearestPlaces(fit: Pairs, { positions, volumes }: Omit<Pairs, "targets">, isOwn: boolean): Int32Array[] {
  return Array.from(volumes, (volume, row) => {
    const nearest: [distance: number, at: number][] = [];
    for (let i = 0; i < fit.volumes.length; i++) {
      if (isOwn && fit.volumes[i] === volume) continue;
      let distance = 0;
      for (let axis = 0; axis < 3; axis++) distance += (fit.positions[3 * i + axis] - positions[3 * row + axis]) ** 2;
      if (nearest.length === NEAREST && distance >= nearest[NEAREST - 1][0]) continue;
      let place = nearest.length;
      while (place > 0 && nearest[place - 1][0] > distance) place--;
      nearest.splice(place, 0, [distance, i]);
      if (nearest.length > NEAREST) nearest.pop();
    }
    return Int32Array.from(nearest, ([, i]) => i);
  });
}

/** Of each list of rows the mean. @param values [rows, width] */
function meansAt(values: Float32Array, rows: number, lists: readonly Int32Array[]): Float32Array {
  const width = values.length / rows;
  const means = new Float32Array(lists.length * width);
  lists.forEach((list, at) => {
    for (const row of list) {
      for (let k = 0; k < width; k++) means[at * width + k] += values[row * width + k] / list.length;
    }
  });
  return means;
}

function difference(a: Float32Array, b: Float32Array): Float32Array {
  return a.map((value, i) => value - b[i]);
}
