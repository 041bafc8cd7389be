/**
 * What other sites released: of each the latest, as long as it is not stale.
 *
 * @module
 */
import type { FeatureSet, RemoteFeatures } from "../../core/features.ts";
import { allFinite } from "../../core/vectors.ts";
import { distinct, thinned } from "../thinned.ts";

/** Which release of a peer was the last that was taken; it outlives the features. */
interface Admitted {
  readonly round: number;
  /** Of its features and partitions. */
  readonly digest: number;
}

interface Held {
  readonly release: RemoteFeatures;
  /** The local round in which it arrived. */
  readonly arrived: number;
}

/** Limits of what is held. */
export interface ReleasesOptions {
  /** d */
  dimension: number;
  /** The number of partitions. */
  partitions: number;
  /** Entries kept of a site. */
  capacity: number;
  /** Local rounds after which a release is forgotten. */
  staleness: number;
}

/** See the module. The age of a release counts the local rounds since it arrived. */
export class Releases {
  readonly #options: ReleasesOptions;
  readonly #held = new Map<string, Held>();
  readonly #admitted = new Map<string, Admitted>();

  /** None yet. */
  constructor(options: ReleasesOptions) {
    this.#options = options;
  }

  /** Whose are held. */
  get peers(): string[] {
    return [...this.#held.keys()];
  }

  /** All that are held, in the order of {@linkcode Releases.peers}. */
  get all(): RemoteFeatures[] {
    return Array.from(this.#held.values(), ({ release }) => release);
  }

  /** @returns whether it was taken. @throws {RangeError} if it is malformed. */
  admit(release: RemoteFeatures, round: number): boolean {
    const checked = this.check(release), { peer } = release;
    const held = this.#held.get(peer);
    if (held && held.release.round >= release.round) return false;
    const admitted = { round: release.round, digest: digestOf(checked) };
    const last = this.#admitted.get(peer);
    if (last && last.round === admitted.round && last.digest === admitted.digest) return false;
    this.#admitted.set(peer, admitted);
    this.#held.set(peer, { release: checked, arrived: round });
    return true;
  }

  /** Forgets those that arrived more than the staleness limit ago; returns whose they were. */
  expire(round: number): string[] {
    const { staleness } = this.#options;
    const gone = [...this.#held].filter(([, { arrived }]) => round - arrived > staleness).map(([peer]) => peer);
    for (const peer of gone) this.#held.delete(peer);
    return gone;
  }

  /** A copy of `release`, no larger than is kept of a site, with rows of norm 1. @throws {RangeError} if malformed. */
  check({ peer, round, ...given }: RemoteFeatures): RemoteFeatures {
    const { dimension: d, partitions: count, capacity } = this.#options;
    const malformed = (rule: string) => new RangeError(`features of ${peer}: ${rule}`);
    if (given.features.length !== given.partitions.length * d) {
      throw malformed(`${given.partitions.length} rows of ${d} values expected, got ${given.features.length} values`);
    }
    const { features, partitions } = thinned(given, capacity);
    if (!allFinite(features)) throw malformed("every value must be finite");
    const unit = new Float32Array(features.length);
    for (let row = 0; row < partitions.length; row++) {
      const partition = partitions[row];
      if (partition < 0 || partition >= count) {
        throw malformed(`a partition must be in [0, ${count}), got ${partition}`);
      }
      let square = 0;
      for (let i = row * d; i < (row + 1) * d; i++) square += features[i] * features[i];
      if (!(square > 0)) throw malformed(`a row must not be zero, got row ${row}`);
      const scale = 1 / Math.sqrt(square);
      for (let i = row * d; i < (row + 1) * d; i++) unit[i] = features[i] * scale;
    }
    return { peer, round, ...distinct({ features: unit, partitions: partitions.slice() }) };
  }
}

/** FNV-1a over the 32-bit words of `set`: tells releases apart that bear the same round number. */
function digestOf({ features, partitions }: FeatureSet): number {
  let hash = 0x811c9dc5;
  for (const words of [features, partitions]) {
    for (const word of new Uint32Array(words.buffer, words.byteOffset, words.length)) {
      hash = Math.imul(hash ^ word, 0x01000193);
    }
  }
  return hash;
}
