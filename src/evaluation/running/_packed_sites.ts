/**
 * What all sites go on from, in fewer bytes: of a network's 16 B a weight about 7 are left.
 *
 * Weights and whatever else are kept exactly. Momentum networks, as their difference from the networks that they
 * follow, and Adam's moments are rounded to bfloat16, to a share of 2^-9: a step's own noise is greater. Whoever keeps a
 * state goes on from the rounded one, too. Weights that have been averaged are kept as what tells them apart from the
 * first site's where that is shorter, which where one server averages is nothing.
 *
 * @module
 */
import { differ, fromBfloat16, packWords, toBfloat16, unpackWords } from "../../core/byte_planes.ts";
import { type NamedVector, sizeOf } from "../../core/vectors.ts";

/** Vectors that are packed together, in this order in a site's bytes. */
const streams = ["weights", "momentum", "moments", "others"] as const;
type Stream = typeof streams[number];

/** Streams of words of 16 bits. */
const rounded: readonly Stream[] = ["momentum", "moments"];
/** Streams in which sites are alike. */
const averaged: readonly Stream[] = ["weights", "momentum"];

/** A stream in the bytes: how many it takes, and whether it is what differs from the first site's. */
interface Piece {
  readonly bytes: number;
  readonly differs: boolean;
}

/** What is in a site's bytes. */
export interface PackedSite {
  readonly vectors: readonly Omit<NamedVector, "data">[];
  readonly pieces: readonly Piece[];
}

const WEIGHTS = "weights/", MOMENTUM = "weights/momentum/";

/** The network's vector that a momentum network's follows. */
function followed(name: string): string | undefined {
  return name.startsWith(MOMENTUM) ? WEIGHTS + name.slice(MOMENTUM.length) : undefined;
}

function streamOf({ name, shape }: Omit<NamedVector, "data">, sizes: ReadonlyMap<string, number>): Stream {
  const other = followed(name);
  if (other !== undefined && sizes.get(other) === sizeOf(shape)) return "momentum";
  if (name.startsWith(WEIGHTS)) return "weights";
  return /^training\/(.*\/)?adam\/(first|second)\//.test(name) ? "moments" : "others";
}

/** The vectors of each stream. */
function divide<T extends Omit<NamedVector, "data">>(vectors: readonly T[]): Record<Stream, T[]> {
  const sizes = new Map(vectors.map(({ name, shape }) => [name, sizeOf(shape)]));
  const groups = Map.groupBy(vectors, (vector) => streamOf(vector, sizes));
  return Object.fromEntries(streams.map((stream) => [stream, groups.get(stream) ?? []])) as Record<Stream, T[]>;
}

/** All values, one vector after another. */
function joined(vectors: readonly NamedVector[], valueOf: (vector: NamedVector) => Float32Array): Float32Array {
  const all = new Float32Array(vectors.reduce((sum, { data }) => sum + data.length, 0));
  let at = 0;
  for (const vector of vectors) {
    all.set(valueOf(vector), at);
    at += vector.data.length;
  }
  return all;
}

function wordsOf(vectors: readonly NamedVector[]): Record<Stream, Float32Array | Uint16Array> {
  const { weights, momentum, moments, others } = divide(vectors);
  const network = new Map(weights.map(({ name, data }) => [name, data]));
  const apart = joined(momentum, ({ name, data }) => {
    const own = network.get(followed(name)!)!;
    return data.map((value, i) => value - own[i]);
  });
  const asTheyAre = ({ data }: NamedVector) => data;
  return {
    weights: joined(weights, asTheyAre),
    momentum: toBfloat16(apart),
    moments: toBfloat16(joined(moments, asTheyAre)),
    others: joined(others, asTheyAre),
  };
}

/** The vectors again. */
function vectorsOf(layout: PackedSite["vectors"], words: Record<Stream, Float32Array | Uint16Array>): NamedVector[] {
  const data = new Map<string, Float32Array>();
  for (const [stream, vectors] of Object.entries(divide(layout)) as [Stream, Omit<NamedVector, "data">[]][]) {
    const own = words[stream], values = own instanceof Uint16Array ? fromBfloat16(own) : own;
    let at = 0;
    for (const { name, shape } of vectors) data.set(name, values.slice(at, at += sizeOf(shape)));
    if (stream !== "momentum") continue;
    for (const { name } of vectors) { // the networks' weights come before
      const network = data.get(followed(name)!)!;
      data.set(name, data.get(name)!.map((value, i) => Math.fround(network[i] + value)));
    }
  }
  return layout.map(({ name, shape }) => ({ name, shape: [...shape], data: data.get(name)! }));
}

/** Whether words can be told apart from the first site's. */
const isAlike = (stream: Stream, own: { length: number }, first: { length: number } | undefined) =>
  averaged.includes(stream) && first?.length === own.length;

/** The sites' vectors in fewer bytes, with what {@linkcode unpackSites} needs to know of them. */
export async function packSites(
  sites: readonly (readonly NamedVector[])[],
): Promise<{ packed: PackedSite[]; bytes: Uint8Array }> {
  const packed: PackedSite[] = [], chunks: Uint8Array[] = [];
  let first: Record<Stream, Float32Array | Uint16Array> | undefined;
  for (const vectors of sites) {
    const words = wordsOf(vectors), pieces: Piece[] = [];
    for (const stream of streams) {
      const own = words[stream], before = first?.[stream];
      let chunk = await packWords(own), differs = false;
      if (before && isAlike(stream, own, before)) {
        const apart = await packWords(differ(own, before));
        if (apart.length < chunk.length) [chunk, differs] = [apart, true];
      }
      chunks.push(chunk);
      pieces.push({ bytes: chunk.length, differs });
    }
    first ??= words;
    packed.push({ vectors: vectors.map(({ name, shape }) => ({ name, shape })), pieces });
  }
  return { packed, bytes: new Uint8Array(await new Blob(chunks as BlobPart[]).arrayBuffer()) };
}

/** The inverse of {@linkcode packSites}, but for what was rounded. @throws {Error} if the bytes are not those. */
export async function unpackSites(packed: readonly PackedSite[], bytes: Uint8Array): Promise<NamedVector[][]> {
  const sites: NamedVector[][] = [];
  let first: Record<Stream, Float32Array | Uint16Array> | undefined, at = 0;
  for (const { vectors, pieces } of packed) {
    const words: Partial<Record<Stream, Float32Array | Uint16Array>> = {};
    for (const [index, stream] of streams.entries()) {
      const { bytes: length, differs } = pieces[index];
      const chunk = bytes.subarray(at, at += length);
      const own = rounded.includes(stream)
        ? await unpackWords(chunk, Uint16Array)
        : await unpackWords(chunk, Float32Array);
      words[stream] = differs ? differ(own, first![stream] as typeof own) : own;
    }
    const whole = words as Record<Stream, Float32Array | Uint16Array>;
    first ??= whole;
    sites.push(vectorsOf(vectors, whole));
  }
  return sites;
}
