/**
 * Seeded random numbers: one generator, forked by name so that each use has a stream of its own.
 *
 * @example
 * ```ts
 * import { assert, assertEquals } from "@std/assert";
 * import { Rng } from "./rng.ts";
 *
 * const rng = new Rng(7);
 * const flips = rng.fork("augment/flip");
 * const value = flips.uniform(-1, 1);
 * assert(value >= -1 && value < 1);
 * assertEquals(value, new Rng(7).fork("augment/flip").uniform(-1, 1));
 * ```
 *
 * @module
 */
import { xoroshiro128plus } from "pure-rand";

/** FNV-1a over the UTF-16 code units of `text`, folded into `seed`. */
function mixSeed(seed: number, text: string): number {
  let hash = (0x811c9dc5 ^ seed) >>> 0;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return hash;
}

/** A seeded stream of random numbers (xoroshiro128+). The same seed gives the same stream on every machine. */
export class Rng {
  /** What it was made from: `new Rng(rng.seed)` begins the same stream, on another thread too. */
  readonly seed: number;
  readonly #seed: number;
  readonly #generator: ReturnType<typeof xoroshiro128plus>;
  #spareNormal: number | undefined;

  /** Every stream is a pure function of `seed`, an integer. */
  constructor(seed: number) {
    if (!Number.isSafeInteger(seed)) throw new RangeError(`a seed must be an integer, got ${seed}`);
    this.seed = seed;
    this.#seed = mixSeed(0, String(seed));
    this.#generator = xoroshiro128plus(this.#seed);
  }

  /** A stream of its own, a pure function of this stream's seed and `name`; this stream does not move. */
  fork(name: string): Rng {
    return new Rng(mixSeed(this.#seed, name));
  }

  /** Uniform in [low, high). */
  uniform(low = 0, high = 1): number {
    return low + (high - low) * ((this.#generator.next() >>> 0) / 4294967296);
  }

  /** Uniform integer in [0, bound). */
  int(bound: number): number {
    if (!(bound >= 1)) throw new RangeError(`the bound of a random integer must be at least 1, got ${bound}`);
    return Math.floor(this.uniform() * bound);
  }

  /** Standard normal (Box-Muller). */
  normal(): number {
    if (this.#spareNormal !== undefined) {
      const spare = this.#spareNormal;
      this.#spareNormal = undefined;
      return spare;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    const angle = this.uniform(0, 2 * Math.PI);
    this.#spareNormal = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  /** True with probability `p`. */
  chance(p: number): boolean {
    return this.uniform() < p;
  }

  /** One element of a non-empty array. */
  pick<T>(items: readonly T[]): T {
    return items[this.int(items.length)];
  }

  /** A new array with the elements in random order (Fisher-Yates). */
  shuffle<T>(items: readonly T[]): T[] {
    const result = [...items];
    for (let i = result.length - 1; i > 0; i--) {
      const j = this.int(i + 1);
      [result[i], result[j]] = [result[j], result[i]];
    }
    return result;
  }
}
