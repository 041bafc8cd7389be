/**
 * Push-sum over one-way links: late pushes are on their way, failed ones stay with their sender, no mass is lost.
 *
 * @module
 */
import { PushSumState, type Share } from "../one_way/push_sum.ts";
import type { Codec } from "../compression/compressor.ts";
import type { Attack } from "./attacks.ts";
import type { Push, Realised } from "./faults.ts";
import type { RoundOutcome, SimulatedMesh } from "./mesh.ts";

/** What {@linkcode PushSumMesh} works with beside the vectors. */
export interface PushSumMeshOptions {
  /** Of every push's numerator; its encodings are stateless. */
  codec: Codec;
  /** Whether what it decodes is what was encoded, so that its bytes need not be made to know what arrives. */
  lossless: boolean;
  attack?: Attack;
}

/** All peers with mass 1. */
export class PushSumMesh implements SimulatedMesh {
  readonly #peers: readonly PushSumState[];
  readonly #options: PushSumMeshOptions;
  readonly #fullBytes: number;
  /** Pushes under way, by the round in which they arrive. */
  readonly #underWay = new Map<number, { to: number; share: Share }[]>();

  constructor(vectors: readonly Float32Array[], options: PushSumMeshOptions) {
    this.#peers = vectors.map((vector) => new PushSumState(vector, { mass: 1 }));
    this.#options = options;
    this.#fullBytes = options.codec.encode(new Float32Array(vectors[0].length)).length;
  }

  mix({ pushes }: Realised, round: number): RoundOutcome {
    this.#options.attack?.observe((peer) => this.vector(peer), round);
    let bytes = 0;
    for (const push of pushes) {
      const { share, size } = this.#send(push);
      bytes += size;
      const arrivals = this.#underWay.get(round + push.late) ?? [];
      this.#underWay.set(round + push.late, arrivals);
      arrivals.push({ to: push.to, share });
    }
    for (const { to, share } of this.#underWay.get(round) ?? []) this.#peers[to].receive(share);
    this.#underWay.delete(round);
    return { bytes, refused: [] };
  }

  vector(peer: number): Float32Array {
    return this.#peers[peer].estimate();
  }

  #send({ from, weight }: Push): { share: Share; size: number } {
    const { codec, lossless, attack } = this.#options;
    const lie = attack?.message(from);
    if (lie) {
      const { weight: sent } = this.#peers[from].push(weight);
      const bytes = codec.encode(lie.map((value) => sent * value));
      return { share: { numerator: codec.decode(bytes), weight: sent }, size: bytes.length };
    }
    if (lossless) return { share: this.#peers[from].push(weight), size: this.#fullBytes };
    let size = 0;
    const share = this.#peers[from].push(weight, (numerator) => {
      const bytes = codec.encode(numerator);
      size = bytes.length;
      return codec.decode(bytes);
    });
    return { share, size };
  }
}
