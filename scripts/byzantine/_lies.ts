/**
 * What a hostile member says, by name: each a way in which one was seen to end or to spoil the others' training.
 *
 * @module
 */
import type { FeatureSet } from "../../src/core/features.ts";
import type { Rng } from "../../src/core/rng.ts";
import type { TrainerOpened } from "../../src/peer/trainer_api.ts";

/** One lie. */
export interface Lie {
  /** What it is called in a table. */
  readonly title: string;
  /** The round that it announces after `second` seconds of a run of `rounds`. */
  says(second: number, rounds: number): number;
  /** Its weights, from those that it should begin with; absent: it has none to give, and answers that it is busy. */
  vector?(honest: Float32Array, rng: Rng): Float32Array;
  /** Its mass. @default its cases */
  readonly mass?: number;
  /** Milliseconds that it takes for each piece of its weights. @default none */
  readonly pieceDelay?: number;
  /** What it releases as features. @default none */
  release?(opened: TrainerOpened): FeatureSet;
}

const inTime: Lie["says"] = (second, rounds) => Math.min(second, rounds);
const beyond: Lie["says"] = () => 1e9;

/** Noise of the vector's own root mean square, times `factor`. */
function noise(honest: Float32Array, factor: number, rng: Rng): Float32Array {
  const scale = Math.sqrt(honest.reduce((sum, value) => sum + value * value, 0) / honest.length);
  return honest.map(() => factor * scale * rng.normal());
}

const noiseLike: Lie["vector"] = (honest, rng) => noise(honest, 1, rng);

/** Values of a feature, by default. */
const WIDTH = 32;

/** So many features that are all equal, one after another in so many partitions, counted from `first` on. */
function equalFeatures({ rows = 4096, partitions = 64, first = 0 } = {}): FeatureSet {
  const features = new Float32Array(rows * WIDTH);
  for (let row = 0; row < rows; row++) features[row * WIDTH] = 1;
  return { features, partitions: Int32Array.from({ length: rows }, (_, row) => first + row % partitions) };
}

/** All of them. */
export const LIES = {
  "far-round": { title: "announces round 10⁹ and gives noise to whoever comes late", says: beyond, vector: noiseLike },
  "last-round": {
    title: "announces the last round but one and gives noise to whoever comes late",
    says: (_, rounds) => rounds - 1,
    vector: noiseLike,
  },
  "busy": { title: "announces round 10⁹ and is always busy", says: beyond },
  "huge-norm": {
    title: "sends a vector of norm 6·10²⁹",
    says: inTime,
    vector: (honest, rng) => noise(honest, 1e28, rng),
  },
  "sign-flip": {
    title: "sends its weights with the other sign",
    says: inTime,
    vector: (honest) => honest.map((value) => -value),
  },
  "huge-mass": { title: "claims a mass of 10⁹ and sends noise", says: inTime, vector: noiseLike, mass: 1e9 },
  "heavy": {
    title: "claims a mass of 10⁹ and sends the weights that all begin with",
    says: inTime,
    vector: (honest) => honest.slice(),
    mass: 1e9,
  },
  "never-learns": {
    title: "sends the weights that all begin with, in every round",
    says: inTime,
    vector: (honest) => honest.slice(),
  },
  "slow-pieces": {
    title: "serves its weights a piece every 20 s, each within the time-out",
    says: inTime,
    vector: (honest) => honest.slice(),
    pieceDelay: 20_000,
  },
  "equal-features": {
    title: "releases 4,096 features that are all equal, in 64 partitions",
    says: inTime,
    vector: (honest) => honest.slice(),
    release: () => equalFeatures(),
  },
  "features-out-of-place": {
    title: "releases 4,096 features in partitions that there are none of",
    says: inTime,
    vector: (honest) => honest.slice(),
    release: () => equalFeatures({ first: 60_000 }),
  },
  "too-many-features": {
    title: "releases 60,000 features, all equal, in one partition",
    says: inTime,
    vector: (honest) => honest.slice(),
    release: () => equalFeatures({ rows: 60_000, partitions: 1 }),
  },
} as const satisfies Readonly<Record<string, Lie>>;

/** One of {@linkcode LIES}. */
export type LieName = keyof typeof LIES;

/** Whether `text` names a lie. */
export function isLie(text: string | undefined): text is LieName {
  return text !== undefined && Object.hasOwn(LIES, text);
}

/** Several lies at once: each tells what those before it leave open. */
export function together(names: readonly LieName[]): Lie {
  const lies: Lie[] = names.map((name) => LIES[name]);
  const title = lies.map(({ title }) => title).join("; ");
  return { ...Object.assign({}, ...lies.toReversed()), title };
}
