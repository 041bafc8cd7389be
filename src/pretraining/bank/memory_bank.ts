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
import type { FeatureSet, RemoteFeatures } from "../../core/features.ts";
import type { Rng } from "../../core/rng.ts";
import type { NamedVector } from "../../core/vectors.ts";
import type { Tensor2D } from "../../engine/tensors.ts";
import { CardRows } from "./_card_rows.ts";
import { drawFrom, type Drawn, rowsOf, type Source } from "./_drawn.ts";
import { KeyQueue } from "./_key_queue.ts";
import { Releases } from "./_releases.ts";
import { fairShares, uniformShares } from "../_shares.ts";

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
  readonly #queue: KeyQueue;
  readonly #remote: Releases;
  readonly #divide: typeof fairShares;
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
    this.#queue = new KeyQueue(capacity, dimension);
    this.#remote = new Releases({ dimension, partitions, capacity: remoteCapacity, staleness });
    this.#divide = sampling === "fair" ? fairShares : uniformShares;
  }

  /** Entries in the local queue. */
  get localSize(): number {
    return this.#queue.size;
  }

  /** Entries of other sites. */
  get remoteSize(): number {
    return this.#remote.all.reduce((total, { partitions }) => total + partitions.length, 0);
  }

  /** The peers whose features are in the bank. */
  get peers(): string[] {
    return this.#remote.peers;
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
    this.#onCard().put(keys, this.#queue.next);
    this.#isAhead = true;
    for (const partition of partitions) this.#queue.advance(partition);
  }

  /** Brings here what is on a card alone. */
  async settle(): Promise<void> {
    if (!this.#card || !this.#isAhead) return;
    this.#queue.features.set(await this.#card.read());
    this.#isAhead = false;
    if (this.#queue.dropZeros()) this.dispose();
  }

  /** Puts the newest keys into the queue; the oldest make room. */
  push(keys: FeatureSet): void {
    this.#queue.push(keys);
  }

  /** The queue and all others' features on the card. */
  #onCard(): CardRows {
    this.#card ??= new CardRows(this.#queue.features, [this.#queue.capacity, this.#dimension]);
    if (this.#isOutdated) this.#card.setOthers(this.#remote.all.map(({ features }) => features));
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
    const isTaken = this.#remote.admit(release, round);
    if (isTaken) this.#isOutdated = true;
    return isTaken;
  }

  /** Forgets releases that arrived more than the staleness limit ago; returns whose they were. */
  expire(round: number): string[] {
    const gone = this.#remote.expire(round);
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
    const queue = this.#queue;
    const sources: Source[] = [{
      ...{ features: queue.features, partitions: queue.partitions, remote: 0, size: queue.size, offset: 0 },
      slot: (age) => queue.slot(age),
    }];
    let offset = queue.capacity;
    for (const release of this.#remote.all) {
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
    return this.#queue.release(count, rng);
  }

  /** The local queue, oldest first, for a checkpoint. Remote features are received anew. */
  save(): NamedVector[] {
    this.#requireHere();
    return this.#queue.save();
  }

  /**
   * Restores what {@linkcode MemoryBank.save} gave; what does not fit the capacity is dropped, oldest first.
   *
   * @throws {RangeError} if the vectors are not those of a bank of this dimension.
   */
  load(vectors: readonly NamedVector[]): void {
    this.#queue.load(vectors);
    this.dispose();
  }

  /** Frees what is on a card. */
  dispose(): void {
    this.#card?.dispose();
    this.#card = undefined;
    this.#isAhead = false;
    this.#isOutdated = true;
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
  check(release: RemoteFeatures): RemoteFeatures {
    return this.#remote.check(release);
  }
}

/** What is known of drawn entries beside their features. */
function labelsOf(drawn: readonly Drawn[]): Pick<BankSample, "partitions" | "remote"> {
  return {
    partitions: Int32Array.from(drawn, ({ source, entry }) => source.partitions[entry]),
    remote: Uint8Array.from(drawn, ({ source }) => source.remote),
  };
}
