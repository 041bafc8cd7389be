/**
 * Exchanges over two-way links by the plain mean, uncompressed, all masses equal: x ← W·x, for thousands of peers. It
 * works through the values in stretches, so that of all peers' old values only those of one stretch are held twice;
 * pairs need not even that.
 *
 * @module
 */
import type { MixingPlan } from "../topologies/topology.ts";
import type { Realised } from "./faults.ts";
import type { RoundOutcome, SimulatedMesh } from "./mesh.ts";

/** Values of all peers' stretches together: 16 MiB. */
const SCRATCH_VALUES = 2 ** 22;
/** A shorter stretch costs more to begin than to work through. */
const LEAST_STRETCH = 256;

/** Whether a member has no partner, or one that has no other. */
function isPaired(rows: MixingPlan, own: number): boolean {
  const { partners } = rows[own];
  return partners.length === 0 || (partners.length === 1 && rows[partners[0]].partners.length === 1);
}

function mixPair(a: Float32Array, b: Float32Array, weight: number): void {
  for (let i = 0; i < a.length; i++) {
    const change = weight * (b[i] - a[i]);
    a[i] += change;
    b[i] -= change;
  }
}

/** The same as {@linkcode ExchangeMesh} with the rule `mean` and no compression. */
export class LinearMesh implements SimulatedMesh {
  readonly #vectors: readonly Float32Array[];
  readonly #messageBytes: number;
  readonly #stretch: number;
  #scratch: Float32Array | undefined;

  /** `vectors` are changed in place; `messageBytes`: what sending one costs. */
  constructor(vectors: readonly Float32Array[], messageBytes: number) {
    this.#vectors = vectors;
    this.#messageBytes = messageBytes;
    this.#stretch = Math.max(LEAST_STRETCH, Math.floor(SCRATCH_VALUES / vectors.length));
  }

  mix({ rows }: Realised): RoundOutcome {
    if (rows.every((_, own) => isPaired(rows, own))) {
      rows.forEach(({ partners: [partner], weights: [weight] }, own) => {
        if (partner > own) mixPair(this.#vectors[own], this.#vectors[partner], weight);
      });
    } else {
      const { length } = this.#vectors[0];
      for (let from = 0; from < length; from += this.#stretch) {
        this.#mixStretch(rows, from, Math.min(from + this.#stretch, length));
      }
    }
    const messages = rows.reduce((sum, { partners }) => sum + partners.length, 0);
    return { bytes: messages * this.#messageBytes, refused: [] };
  }

  vector(peer: number): Float32Array {
    return this.#vectors[peer];
  }

  #mixStretch(rows: MixingPlan, from: number, to: number): void {
    const scratch = this.#scratch ??= new Float32Array(this.#vectors.length * this.#stretch);
    const width = to - from;
    this.#vectors.forEach((vector, i) => scratch.set(vector.subarray(from, to), i * width));
    rows.forEach(({ partners, weights }, i) => {
      const vector = this.#vectors[i];
      const own = i * width;
      for (let k = 0; k < partners.length; k++) {
        const other = partners[k] * width;
        const weight = weights[k];
        for (let c = 0; c < width; c++) vector[from + c] += weight * (scratch[other + c] - scratch[own + c]);
      }
    });
  }
}
