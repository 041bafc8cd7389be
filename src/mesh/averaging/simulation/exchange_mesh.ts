/**
 * Exchanges over two-way links as real peers make them: encoded, decoded, screened and combined by a rule, with liars
 * among them.
 *
 * Peers that are connected in a round, directly or through others, are worked through together and all from their old
 * vectors; for pairs no more than two vectors are held twice.
 *
 * @module
 */
import { aggregate, type AggregationRule, type OpenRule, type Received, type Refusal } from "../aggregation/rule.ts";
import type { Compressor, VectorLayout } from "../compression/compressor.ts";
import { asSeenFrom, type CompressedLink, type Encoded } from "../compression/link.ts";
import { CompressedLinks } from "../compression/links.ts";
import { SimulatedJudges } from "./judges.ts";
import type { MixingPlan } from "../topologies/topology.ts";
import type { Attack } from "./attacks.ts";
import type { Realised } from "./faults.ts";
import { peerName, type RoundOutcome, type SimulatedMesh } from "./mesh.ts";

/** What {@linkcode ExchangeMesh} works with beside the vectors. */
export interface ExchangeMeshOptions {
  compressor: Compressor;
  layout: VectorLayout;
  rule: AggregationRule;
  rounds: number;
  /** Who lies, and what is sent then. */
  attack?: Pick<Attack, "observe" | "message">;
  /** What each peer counts for. @default 1 for all */
  masses?: readonly number[];
  /** Whether peers believe only what may be of the same training (`judging/`). @default false */
  judging?: boolean;
}

/** What the peers of a group sent one another. */
interface Messages {
  /** As the sender knows it. */
  sent(from: number, to: number): Encoded;
  /** As the receiver decoded it. */
  got(from: number, to: number): Encoded;
}

/** The groups of two or more peers that are connected by `rows`. */
function groupsOf(rows: MixingPlan): number[][] {
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

/** All peers' vectors. */
export class ExchangeMesh implements SimulatedMesh {
  readonly #vectors: Float32Array[];
  readonly #options: ExchangeMeshOptions;
  readonly #rules: readonly OpenRule[];
  readonly #links: readonly CompressedLinks[];
  readonly #judges: SimulatedJudges | undefined;

  constructor(vectors: readonly Float32Array[], options: ExchangeMeshOptions) {
    this.#vectors = [...vectors];
    this.#options = options;
    this.#rules = vectors.map(() => options.rule.open());
    this.#links = vectors.map(() => new CompressedLinks(options));
    const { lossless } = options.compressor;
    this.#judges = options.judging ? new SimulatedJudges(vectors.length, { lossless }) : undefined;
  }

  mix({ rows }: Realised, round: number): RoundOutcome {
    this.#options.attack?.observe((peer) => this.vector(peer), round);
    let bytes = 0;
    const refused: Refusal[] = [];
    for (const group of groupsOf(rows)) {
      const messages = this.#options.compressor.lossless ? this.#toAll(group) : this.#overLinks(group, rows);
      const next = group.map((own) => {
        const { partners, weights } = rows[own];
        const received = partners.map((partner, k): Received => {
          const message = messages.got(partner, own);
          bytes += message.bytes.length;
          const vector = asSeenFrom(this.#vectors[own], messages.sent(own, partner).decoded, message.decoded);
          return { peer: peerName(partner), vector, mass: this.#mass(partner), weight: weights[k] };
        });
        const context = { round, rounds: this.#options.rounds };
        const mine = { vector: this.#vectors[own], mass: this.#mass(own) };
        const judged = this.#judges?.judge(own, mine, received);
        const result = aggregate(this.#rules[own], mine, judged?.believed ?? received, context);
        if (!this.#isLiar(own)) refused.push(...judged?.refused ?? [], ...result.refused);
        return result.vector;
      });
      group.forEach((own, k) => this.#vectors[own] = next[k]);
    }
    return { bytes, refused };
  }

  vector(peer: number): Float32Array {
    return this.#vectors[peer];
  }

  /** What the peer has come to by itself since the last round. */
  setVector(peer: number, vector: Float32Array): void {
    this.#judges?.moved(peer, this.#vectors[peer], vector);
    this.#vectors[peer] = vector;
  }

  #mass(peer: number): number {
    return this.#options.masses?.[peer] ?? 1;
  }

  #isLiar(peer: number): boolean {
    return this.#options.attack?.message(peer) !== undefined;
  }

  #truthOrLie(peer: number): Float32Array {
    return this.#options.attack?.message(peer) ?? this.#vectors[peer];
  }

  /** Nothing is lost: every peer of the group encodes once. */
  #toAll(group: readonly number[]): Messages {
    const codec = this.#options.compressor.open(this.#options.layout);
    const encoded = new Map(group.map((peer): [number, Encoded] => {
      const bytes = codec.encode(this.#truthOrLie(peer));
      return [peer, { bytes, decoded: codec.decode(bytes) }];
    }));
    const sent = (from: number) => encoded.get(from)!;
    return { sent, got: sent };
  }

  /** Every link has encodings, and a reference, of its own. */
  #overLinks(group: readonly number[], rows: MixingPlan): Messages {
    const sent = new Map<number, Map<number, Encoded>>(group.map((peer) => [peer, new Map()]));
    const got = new Map<number, Map<number, Encoded>>(group.map((peer) => [peer, new Map()]));
    for (const a of group) {
      for (const b of rows[a].partners) {
        if (b < a) continue;
        const [atA, atB] = this.#link(a, b);
        const [fromA, fromB] = [atA.encode(this.#truthOrLie(a)), atB.encode(this.#truthOrLie(b))];
        const toB = { bytes: fromA.bytes, decoded: atB.decode(fromA.bytes) };
        const toA = { bytes: fromB.bytes, decoded: atA.decode(fromB.bytes) };
        atA.commit(fromA, toA);
        atB.commit(fromB, toB);
        sent.get(a)!.set(b, fromA);
        sent.get(b)!.set(a, fromB);
        got.get(a)!.set(b, toB);
        got.get(b)!.set(a, toA);
      }
    }
    return { sent: (from, to) => sent.get(from)!.get(to)!, got: (from, to) => got.get(from)!.get(to)! };
  }

  /** Both ends; they begin anew where they have not the same reference. */
  #link(a: number, b: number): [CompressedLink, CompressedLink] {
    const [atA, atB] = [this.#links[a].to(peerName(b)), this.#links[b].to(peerName(a))];
    if (atA.reference !== atB.reference) {
      atA.forget();
      atB.forget();
    }
    return [atA, atB];
  }
}
