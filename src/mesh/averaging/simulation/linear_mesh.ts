/**
 * Exchanges over two-way links by the plain mean, uncompressed, all masses equal: x ← W·x, for thousands of peers. It works through the
 * values in stretches of which all peers' old values fit a cache, so no second copy of all vectors is needed.
 *
 * @module
 */
import type { Plan } from "../topologies/topology.ts";
import type { Realised } from "./faults.ts";
import type { Mixed, SimulatedMesh } from "./mesh.ts";

/** Values of all peers' stretches together: 4 MiB. */
const SCRATCH_VALUES = 2 ** 20;

/** The same as {@linkcode ExchangeMesh} with the rule `mean` and no compression. */
export class LinearMesh implements SimulatedMesh {
  readonly #vectors: readonly Float32Array[];
  readonly #messageBytes: number;
  readonly #stretch: number;
  readonly #scratch: Float32Array;

  /** `vectors` are changed in place; `messageBytes`: what sending one costs. */
  constructor(vectors: readonly Float32Array[], messageBytes: number) {
    this.#vectors = vectors;
    this.#messageBytes = messageBytes;
    this.#stretch = Math.max(16, Math.floor(SCRATCH_VALUES / vectors.length));
    this.#scratch = new Float32Array(vectors.length * this.#stretch);
  }

  mix({ rows }: Realised): Mixed {
    const { length } = this.#vectors[0];
    for (let from = 0; from < length; from += this.#stretch) {
      this.#mixStretch(rows, from, Math.min(from + this.#stretch, length));
    }
    const messages = rows.reduce((sum, { partners }) => sum + partners.length, 0);
    return { bytes: messages * this.#messageBytes, refused: [] };
  }

  vector(peer: number): Float32Array {
    return this.#vectors[peer];
  }

  #mixStretch(rows: Plan, from: number, to: number): void {
    const scratch = this.#scratch;
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
