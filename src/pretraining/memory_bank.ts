/**
 * The memory bank: a queue of the site's own key features, and the other sites' latest releases.
 *
 * Trials showed that a bank refreshed only once a round lets the encoder collapse (its current outputs agree with each
 * other and differ from the stale bank), so the local part is a first-in-first-out queue that every step feeds, as in
 * MoCo (arXiv 1911.05722); remote features come on top.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import type { FeatureSet, RemoteFeatures } from "../core/features.ts";
import type { Rng } from "../core/rng.ts";
import { allFinite, type NamedVector } from "../core/vectors.ts";
import type { Tensor2D } from "../engine/tensors.ts";
import { CardRows } from "./_card_rows.ts";
import { drawFrom, type Drawn, rowsOf, type Source } from "./_drawn.ts";
import { drawDistinct, fairShares, uniformShares } from "./_shares.ts";
import { distinct, thinned } from "./thinned.ts";

/** Q': entries drawn from the bank for one step. */
export interface BankSample extends FeatureSet {
  /** [n], 1 where the entry came from another site. */
  readonly remote: Uint8Array;
}

/** Entries drawn from the bank, whose features are made a tensor when they are needed. */
export interface BankDraw extends Omit<BankSample, "features"> {
  /** [n, dimension]; the caller's, as is the scope that it is made in. */
  rows(): Tensor2D;
}

/** Sizes and limits of a bank. */
export interface MemoryBankOptions {
  /** d */
  dimension: number;
  /** Entries of the local queue. */
  capacity: number;
  /** The number of partitions; a remote entry with another is refused. */
  partitions: number;
  /** Entries kept of each other site: what a release holds beyond is left out, evenly. @default 2048 */
  remoteCapacity?: number;
  /** Local rounds after which a remote release is forgotten. @default 3 */
  staleness?: number;
  /**
   * Whether Q' is drawn in equal shares from the sites, or uniformly over all entries, as in the paper. @default "fair"
   */
  sampling?: "fair" | "uniform";
}

/** Which release of a peer was the last that was taken; it outlives the features. */
interface Admitted {
  readonly round: number;
  /** Of its features and partitions. */
  readonly digest: number;
}

interface RemoteEntry {
  readonly release: RemoteFeatures;
  /** The local round in which it arrived. */
  readonly arrived: number;
}

/**
 * Q = the local queue and every peer's latest release.
 *
 * The age of a release counts the local rounds since it arrived, not the difference of the two sites' round numbers: a
 * slow site's latest features count as long as it sends new ones.
 */
export class MemoryBank {
  /** Entries kept of each other site. */
  readonly remoteCapacity: number;
  readonly #dimension: number;
  readonly #capacity: number;
  readonly #partitionCount: number;
  readonly #staleness: number;
  readonly #divide: typeof fairShares;
  readonly #features: Float32Array;
  readonly #partitions: Int32Array;
  readonly #remote = new Map<string, RemoteEntry>();
  readonly #admitted = new Map<string, Admitted>();
  #size = 0;
  #next = 0;
  /** On a card: the queue and the other sites' features, once keys have been remembered there. */
  #card: CardRows | undefined;
  /** Whether keys are on the card that are not here. */
  #isAhead = false;
  /** Whether the card has other sites' features that are out of date. */
  #isOutdated = true;

  /** An empty bank. */
  constructor(options: MemoryBankOptions) {
    const { dimension, capacity, partitions, remoteCapacity = 2048, staleness = 3, sampling = "fair" } = options;
    this.remoteCapacity = remoteCapacity;
    this.#dimension = dimension;
    this.#capacity = capacity;
    this.#partitionCount = partitions;
    this.#staleness = staleness;
    this.#divide = sampling === "fair" ? fairShares : uniformShares;
    this.#features = new Float32Array(capacity * dimension);
    this.#partitions = new Int32Array(capacity);
  }

  /** Entries in the local queue. */
  get localSize(): number {
    return this.#size;
  }

  /** Entries of other sites. */
  get remoteSize(): number {
    let total = 0;
    for (const { release } of this.#remote.values()) total += release.partitions.length;
    return total;
  }

  /** The peers whose features are in the bank. */
  get peers(): string[] {
    return [...this.#remote.keys()];
  }

  /**
   * Puts the newest keys into the queue, unless they are not finite. On a card nobody waits for them: one that is not
   * finite is a row of zeros there, like nothing and unlike nothing, until {@linkcode MemoryBank.settle} drops it.
   *
   * @param keys [keys, dimension]
   */
  async remember(keys: Tensor2D, partitions: Int32Array): Promise<void> {
    if (!CardRows.isAvailable) {
      const features = await keys.data<"float32">();
      if (features.every(Number.isFinite)) this.push({ features, partitions });
      return;
    }
    this.#onCard().put(keys, this.#next);
    this.#isAhead = true;
    for (const partition of partitions) this.#advance(partition);
  }

  /** Brings here what is on a card alone. */
  async settle(): Promise<void> {
    if (!this.#card || !this.#isAhead) return;
    this.#features.set(await this.#card.read());
    this.#isAhead = false;
    this.#dropZeros();
  }

  /** Drops the queue's rows of zeros. */
  #dropZeros(): void {
    const [features, partitions] = this.save(), d = this.#dimension;
    const rows = Array.from(partitions.data, (_, row) => features.data.subarray(row * d, (row + 1) * d));
    const kept = [...rows.keys()].filter((row) => rows[row].some((value) => value !== 0));
    if (kept.length === rows.length) return;
    this.load([
      { ...features, data: Float32Array.from(kept.flatMap((row) => [...rows[row]])) },
      { ...partitions, data: Float32Array.from(kept, (row) => partitions.data[row]) },
    ]);
  }

  /** Puts the newest keys into the queue; the oldest make room. */
  push({ features, partitions }: FeatureSet): void {
    const d = this.#dimension;
    if (features.length !== partitions.length * d) {
      throw new RangeError(
        `${partitions.length} keys of ${d} values must hold ${partitions.length * d} values, got ${features.length}`,
      );
    }
    for (let row = 0; row < partitions.length; row++) {
      this.#features.set(features.subarray(row * d, (row + 1) * d), this.#next * d);
      this.#advance(partitions[row]);
    }
  }

  /** Takes the next slot for a key of a partition. */
  #advance(partition: number): void {
    this.#partitions[this.#next] = partition;
    this.#next = (this.#next + 1) % this.#capacity;
    this.#size = Math.min(this.#capacity, this.#size + 1);
  }

  /** The queue and all others' features on the card. */
  #onCard(): CardRows {
    this.#card ??= new CardRows(this.#features, [this.#capacity, this.#dimension]);
    if (this.#isOutdated) this.#card.setOthers([...this.#remote.values()].map(({ release }) => release.features));
    this.#isOutdated = false;
    return this.#card;
  }

  /**
   * Takes a peer's release in the place of its earlier one.
   *
   * The callers hand over every release that they hold, round after round, so the last one taken from a peer is refused
   * again even after it has expired. While a release is held, one that is no newer is ignored. Once it has expired, any
   * other release of the peer is taken, whatever its round: a peer that starts anew counts its rounds from the
   * beginning.
   *
   * @param round the local round.
   * @returns whether it was taken.
   * @throws {RangeError} if the release is malformed: sizes, partitions out of range, values that are not finite, zero
   * rows. Nothing of a malformed release is kept.
   */
  admit(release: RemoteFeatures, round: number): boolean {
    const checked = this.check(release);
    const held = this.#remote.get(release.peer);
    if (held && held.release.round >= release.round) return false;
    const admitted = { round: release.round, digest: digestOf(checked) };
    const last = this.#admitted.get(release.peer);
    if (last && last.round === admitted.round && last.digest === admitted.digest) return false;
    this.#admitted.set(release.peer, admitted);
    this.#remote.set(release.peer, { release: checked, arrived: round });
    this.#isOutdated = true;
    return true;
  }

  /** Forgets releases that arrived more than the staleness limit ago; returns whose they were. */
  expire(round: number): string[] {
    const gone = [...this.#remote].filter(([, { arrived }]) => round - arrived > this.#staleness).map(([peer]) => peer);
    for (const peer of gone) this.#remote.delete(peer);
    if (gone.length > 0) this.#isOutdated = true;
    return gone;
  }

  /** Q': up to `count` entries, without repetition, divided over the sources as `sampling` says. */
  sample(count: number, rng: Rng): BankSample {
    this.#requireHere();
    const drawn = drawFrom(this.#sources(), count, rng, this.#divide);
    return { features: rowsOf(drawn, this.#dimension), ...labelsOf(drawn) };
  }

  /** The same entries, with the features as a tensor: on a card, of what is there. */
  draw(count: number, rng: Rng): BankDraw {
    if (CardRows.isAvailable) {
      const drawn = drawFrom(this.#sources(), count, rng, this.#divide), card = this.#onCard();
      const places = Int32Array.from(drawn, ({ source, entry }) => source.offset + entry);
      return { ...labelsOf(drawn), rows: () => card.take(places) };
    }
    const { features, ...labels } = this.sample(count, rng);
    return { ...labels, rows: () => tf.tensor2d(features, [labels.partitions.length, this.#dimension]) };
  }

  /** The queue, then the others' features in their order. */
  #sources(): Source[] {
    const slot = (age: number) => this.#slot(age);
    const own = { features: this.#features, partitions: this.#partitions };
    const sources: Source[] = [{ ...own, remote: 0, size: this.#size, offset: 0, slot }];
    let offset = this.#capacity;
    for (const { release } of this.#remote.values()) {
      const { length: size } = release.partitions;
      sources.push({ ...release, remote: 1, size, offset, slot: (entry) => entry });
      offset += size;
    }
    return sources;
  }

  #requireHere(): void {
    if (this.#isAhead) throw new Error("a memory bank: what is on the card must be settled before it is read");
  }

  /**
   * What this site gives to the others: up to `count` entries of its own queue, as many of each partition as there are.
   */
  release(count: number, rng: Rng): FeatureSet {
    this.#requireHere();
    const byPartition = new Map<number, number[]>();
    for (let age = 0; age < this.#size; age++) {
      const entry = this.#slot(age);
      const entries = byPartition.get(this.#partitions[entry]);
      if (entries) entries.push(entry);
      else byPartition.set(this.#partitions[entry], [entry]);
    }
    const groups = [...byPartition].sort(([a], [b]) => a - b).map(([, entries]) => entries);
    const shares = fairShares(groups.map((entries) => entries.length), count, rng);
    const chosen = groups.flatMap((entries, index) =>
      drawDistinct(entries.length, shares[index], rng).map((position) => entries[position])
    );
    const d = this.#dimension;
    const features = new Float32Array(chosen.length * d), partitions = new Int32Array(chosen.length);
    chosen.forEach((entry, row) => {
      features.set(this.#features.subarray(entry * d, (entry + 1) * d), row * d);
      partitions[row] = this.#partitions[entry];
    });
    return { features, partitions };
  }

  /** The local queue, oldest first, for a checkpoint. Remote features are received anew. */
  save(): NamedVector[] {
    this.#requireHere();
    const d = this.#dimension;
    const features = new Float32Array(this.#size * d), partitions = new Float32Array(this.#size);
    for (let row = 0; row < this.#size; row++) {
      const entry = this.#slot(row);
      features.set(this.#features.subarray(entry * d, (entry + 1) * d), row * d);
      partitions[row] = this.#partitions[entry];
    }
    return [
      { name: "bank/features", shape: [this.#size, d], data: features },
      { name: "bank/partitions", shape: [this.#size], data: partitions },
    ];
  }

  /**
   * Restores what {@linkcode MemoryBank.save} gave; what does not fit the capacity is dropped, oldest first.
   *
   * @throws {RangeError} if the vectors are not those of a bank of this dimension.
   */
  load(vectors: readonly NamedVector[]): void {
    const features = vectors.find(({ name }) => name === "bank/features");
    const partitions = vectors.find(({ name }) => name === "bank/partitions");
    if (!features || !partitions) throw new RangeError("a bank's state must hold bank/features and bank/partitions");
    this.#size = 0;
    this.#next = 0;
    this.dispose();
    this.push({ features: features.data, partitions: Int32Array.from(partitions.data) });
  }

  /** Frees what is on a card. */
  dispose(): void {
    this.#card?.dispose();
    this.#card = undefined;
    this.#isAhead = false;
    this.#isOutdated = true;
  }

  /** Where the queue's entry number `age` lies, 0 being the oldest. */
  #slot(age: number): number {
    return this.#size < this.#capacity ? age : (this.#next + age) % this.#capacity;
  }

  /**
   * A copy of `release`, no larger than the bank keeps of a site, with rows of norm 1; of one that is mostly repeats each
   * row counts once: whoever sends one row a thousand times has said one thing.
   *
   * Not core's `checkFeatures`, by which the mesh refuses what comes over the wire: the width and the partitions are the
   * bank's own here, rows need a direction only, since they are brought to norm 1 whatever they were, and what is left
   * out is not looked at. A bank is filled without a mesh, too (`studies/`).
   *
   * @throws {RangeError} as {@linkcode MemoryBank.admit} does.
   */
  check({ peer, round, ...given }: RemoteFeatures): RemoteFeatures {
    const d = this.#dimension;
    const malformed = (rule: string) => new RangeError(`features of ${peer}: ${rule}`);
    if (given.features.length !== given.partitions.length * d) {
      throw malformed(`${given.partitions.length} rows of ${d} values expected, got ${given.features.length} values`);
    }
    const { features, partitions } = thinned(given, this.remoteCapacity);
    if (!allFinite(features)) throw malformed("every value must be finite");
    const unit = new Float32Array(features.length);
    for (let row = 0; row < partitions.length; row++) {
      const partition = partitions[row];
      if (partition < 0 || partition >= this.#partitionCount) {
        throw malformed(`a partition must be in [0, ${this.#partitionCount}), got ${partition}`);
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

/** What is known of drawn entries beside their features. */
function labelsOf(drawn: readonly Drawn[]): Pick<BankSample, "partitions" | "remote"> {
  return {
    partitions: Int32Array.from(drawn, ({ source, entry }) => source.partitions[entry]),
    remote: Uint8Array.from(drawn, ({ source }) => source.remote),
  };
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
