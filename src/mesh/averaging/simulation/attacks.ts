/**
 * What Byzantine peers send instead of their vectors. They know the honest peers' vectors of this round, and all send
 * the same.
 *
 * @module
 */
import { Rng } from "../../../core/rng.ts";
import type { AttackName } from "./options.ts";

/**
 * Standard deviations that "a little is enough" deviates by: small enough to hide among the honest, if these differ.
 */
const LITTLE = 1.5;
/** Of noise, as a multiple of the root mean square of the mean that the honest began with. */
const NOISE = 10;

/** Mean and standard deviation of every value over the honest peers. */
interface Honest {
  mean: Float64Array;
  deviation: Float64Array;
  /** Root mean square of the mean that they began with. */
  scale: number;
}

/** How an attack makes its vector. */
type Lie = (honest: Honest, rng: Rng) => Float32Array;

const lies: Record<AttackName, Lie> = {
  // −mean
  "sign-flip": ({ mean }) => Float32Array.from(mean, (value) => -value),
  noise: ({ mean, scale }, rng) => Float32Array.from(mean, () => NOISE * scale * rng.normal()),
  // Baruch, Baruch, Goldberg 2019, "A little is enough: circumventing defenses for distributed learning": mean −
  // z·deviation
  "little-is-enough": ({ mean, deviation }) => Float32Array.from(mean, (value, i) => value - LITTLE * deviation[i]),
};

/** Options of {@linkcode Attack}. */
export interface AttackOptions {
  name: AttackName;
  peers: number;
  byzantine: number;
  seed: number;
}

/** The Byzantine peers of one mesh. */
export class Attack {
  /** Peers that are not Byzantine, ascending. */
  readonly honest: readonly number[];
  readonly #liars: ReadonlySet<number>;
  readonly #lie: Lie;
  readonly #rng: Rng;
  #scale: number | undefined;
  #message: Float32Array | undefined;

  /** Of liars that begin anew. */
  constructor({ name, peers, byzantine, seed }: AttackOptions) {
    this.#lie = lies[name];
    this.#rng = new Rng(seed).fork("attack");
    const everybody = Array.from({ length: peers }, (_, i) => i);
    this.#liars = new Set(this.#rng.shuffle(everybody).slice(0, byzantine));
    this.honest = everybody.filter((peer) => !this.#liars.has(peer));
  }

  /** Looks at the honest peers' vectors before they are sent, and makes up what to send in `round`. */
  observe(vector: (peer: number) => Float32Array, round: number): void {
    const { length } = vector(0);
    const [mean, deviation] = [new Float64Array(length), new Float64Array(length)];
    const share = 1 / this.honest.length;
    for (const peer of this.honest) vector(peer).forEach((value, i) => mean[i] += share * value);
    for (const peer of this.honest) vector(peer).forEach((value, i) => deviation[i] += share * (value - mean[i]) ** 2);
    for (let i = 0; i < length; i++) deviation[i] = Math.sqrt(deviation[i]);
    this.#scale ??= Math.sqrt(mean.reduce((sum, value) => sum + value * value, 0) / length);
    this.#message = this.#lie({ mean, deviation, scale: this.#scale }, this.#rng.fork(`${round}`));
  }

  /** What `peer` sends in this round; undefined for the honest, who send what they have. */
  message(peer: number): Float32Array | undefined {
    return this.#liars.has(peer) ? this.#message : undefined;
  }
}
