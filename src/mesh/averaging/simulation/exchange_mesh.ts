/**
 * Exchanges over two-way links as real peers make them: encoded, decoded, screened and combined by a rule, with liars among them.
 *
 * Peers that are connected in a round, directly or through others, are worked through together and all from their old vectors; for pairs
 * no more than two vectors are held twice.
 *
 * @module
 */
import { aggregate, type AggregationRule, type Aggregator, type Received, type Refusal } from "../aggregation/rule.ts";
import type { Codec, Compressor, VectorLayout } from "../compression/compressor.ts";
import { asSeenFrom, CompressedLink, type Encoded } from "../compression/link.ts";
import type { Plan } from "../topologies/topology.ts";
import type { Attack } from "./attacks.ts";
import type { Realised } from "./faults.ts";
import { type Mixed, peerName, type SimulatedMesh } from "./mesh.ts";

/** What {@linkcode ExchangeMesh} works with beside the vectors. */
export interface ExchangeMeshOptions {
  compressor: Compressor;
  layout: VectorLayout;
  rule: AggregationRule;
  rounds: number;
  attack?: Attack;
}

/** The groups of two or more peers that are connected by `rows`. */
function groupsOf(rows: Plan): number[][] {
  const seen = new Uint8Array(rows.length);
  const groups: number[][] = [];
  for (let start = 0; start < rows.length; start++) {
    if (seen[start] || rows[start].partners.length === 0) continue;
    const group = [start];
    seen[start] = 1;
    for (const peer of group) {
      for (const partner of rows[peer].partners) {
        if (seen[partner]) continue;
        seen[partner] = 1;
        group.push(partner);
      }
    }
    groups.push(group);
  }
  return groups;
}

/** All peers with mass 1. */
export class ExchangeMesh implements SimulatedMesh {
  readonly #vectors: Float32Array[];
  readonly #options: ExchangeMeshOptions;
  readonly #aggregators: readonly Aggregator[];
  /** Of a compressor that is not partial, whose encodings are the same for every receiver. */
  readonly #codec: Codec;
  /** Of a partial one: this peer's end of the link to that one. */
  readonly #links = new Map<string, CompressedLink>();

  constructor(vectors: readonly Float32Array[], options: ExchangeMeshOptions) {
    this.#vectors = [...vectors];
    this.#options = options;
    this.#aggregators = vectors.map(() => options.rule.open());
    this.#codec = options.compressor.open(options.layout);
  }

  mix({ rows }: Realised, round: number): Mixed {
    this.#options.attack?.observe((peer) => this.vector(peer), round);
    let bytes = 0;
    const refused: Refusal[] = [];
    for (const group of groupsOf(rows)) {
      const sent = this.#options.compressor.partial ? this.#overLinks(group, rows) : this.#toAll(group);
      const next = group.map((own) => {
        const { partners, weights } = rows[own];
        const received = partners.map((partner, k): Received => {
          const message = sent(partner, own);
          bytes += message.bytes.length;
          const vector = asSeenFrom(this.#vectors[own], sent(own, partner).decoded, message.decoded);
          return { peer: peerName(partner), vector, mass: 1, weight: weights[k] };
        });
        const context = { round, rounds: this.#options.rounds };
        const result = aggregate(this.#aggregators[own], { vector: this.#vectors[own], mass: 1 }, received, context);
        if (!this.#isLiar(own)) refused.push(...result.refused);
        return result.vector;
      });
      group.forEach((own, k) => this.#vectors[own] = next[k]);
    }
    return { bytes, refused };
  }

  vector(peer: number): Float32Array {
    return this.#vectors[peer];
  }

  #isLiar(peer: number): boolean {
    return this.#options.attack?.message(peer) !== undefined;
  }

  #truthOrLie(peer: number): Float32Array {
    return this.#options.attack?.message(peer) ?? this.#vectors[peer];
  }

  /** Every peer of the group encodes once. */
  #toAll(group: readonly number[]): (from: number, to: number) => Encoded {
    const encoded = new Map(group.map((peer): [number, Encoded] => {
      const bytes = this.#codec.encode(this.#truthOrLie(peer));
      return [peer, { bytes, decoded: this.#codec.decode(bytes) }];
    }));
    return (from) => encoded.get(from)!;
  }

  /** Every link has encodings, and a reference, of its own. */
  #overLinks(group: readonly number[], rows: Plan): (from: number, to: number) => Encoded {
    const key = (from: number, to: number) => `${from}>${to}`;
    const encoded = new Map<string, Encoded>();
    for (const from of group) {
      for (const to of rows[from].partners) {
        encoded.set(key(from, to), this.#link(key(from, to)).encode(this.#truthOrLie(from)));
      }
    }
    for (const from of group) {
      for (const to of rows[from].partners) {
        this.#link(key(from, to)).commit(encoded.get(key(from, to))!, encoded.get(key(to, from))!);
      }
    }
    return (from, to) => encoded.get(key(from, to))!;
  }

  #link(key: string): CompressedLink {
    const { compressor, layout } = this.#options;
    const known = this.#links.get(key) ?? new CompressedLink(compressor, layout);
    this.#links.set(key, known);
    return known;
  }
}
