/**
 * A site's own key features, first in, first out, as in MoCo (arXiv 1911.05722).
 *
 * @module
 */
import type { FeatureSet } from "../../core/features.ts";
import type { Rng } from "../../core/rng.ts";
import type { NamedVector } from "../../core/vectors.ts";
import { drawDistinct, fairShares } from "../_shares.ts";

/** A ring of `capacity` rows, each with its partition. */
export class KeyQueue {
  /** Rows there is room for. */
  readonly capacity: number;
  /** [capacity, dimension], in the order of the slots. */
  readonly features: Float32Array;
  /** [capacity], in the order of the slots. */
  readonly partitions: Int32Array;
  readonly #dimension: number;
  #size = 0;
  #next = 0;

  /** An empty queue. */
  constructor(capacity: number, dimension: number) {
    this.capacity = capacity;
    this.#dimension = dimension;
    this.features = new Float32Array(capacity * dimension);
    this.partitions = new Int32Array(capacity);
  }

  /** Entries in it. */
  get size(): number {
    return this.#size;
  }

  /** The slot that the next key takes. */
  get next(): number {
    return this.#next;
  }

  /** Puts the newest keys into it; the oldest make room. @throws {RangeError} if rows and partitions do not fit. */
  push({ features, partitions }: FeatureSet): void {
    const d = this.#dimension;
    if (features.length !== partitions.length * d) {
      throw new RangeError(
        `${partitions.length} keys of ${d} values must hold ${partitions.length * d} values, got ${features.length}`,
      );
    }
    for (let row = 0; row < partitions.length; row++) {
      this.features.set(features.subarray(row * d, (row + 1) * d), this.#next * d);
      this.advance(partitions[row]);
    }
  }

  /** Takes the next slot for a key of a partition whose features are put there by others. */
  advance(partition: number): void {
    this.partitions[this.#next] = partition;
    this.#next = (this.#next + 1) % this.capacity;
    this.#size = Math.min(this.capacity, this.#size + 1);
  }

  /** Where entry number `age` lies, 0 being the oldest. */
  slot(age: number): number {
    return this.#size < this.capacity ? age : (this.#next + age) % this.capacity;
  }

  /** Up to `count` entries, as many of each partition as there are. */
  release(count: number, rng: Rng): FeatureSet {
    const byPartition = Map.groupBy(this.#slots(), (entry) => this.partitions[entry]);
    const groups = [...byPartition].sort(([a], [b]) => a - b).map(([, entries]) => entries);
    const shares = fairShares(groups.map((entries) => entries.length), count, rng);
    return this.#rows(
      groups.flatMap((entries, index) =>
        drawDistinct(entries.length, shares[index], rng).map((position) => entries[position])
      ),
    );
  }

  /** All entries, oldest first. */
  save(): NamedVector[] {
    const { features, partitions } = this.#rows(this.#slots());
    return [
      { name: "bank/features", shape: [this.#size, this.#dimension], data: features },
      { name: "bank/partitions", shape: [this.#size], data: Float32Array.from(partitions) },
    ];
  }

  /**
   * Holds what {@linkcode KeyQueue.save} gave in the place of what it held; what does not fit is dropped, oldest first.
   *
   * @throws {RangeError} if the vectors are not those of a queue of this dimension.
   */
  load(vectors: readonly NamedVector[]): void {
    const features = vectors.find(({ name }) => name === "bank/features");
    const partitions = vectors.find(({ name }) => name === "bank/partitions");
    if (!features || !partitions) throw new RangeError("a bank's state must hold bank/features and bank/partitions");
    this.#size = 0;
    this.#next = 0;
    this.push({ features: features.data, partitions: Int32Array.from(partitions.data) });
  }

  /** Drops rows of zeros; the others keep their order. @returns whether there were any. */
  dropZeros(): boolean {
    const d = this.#dimension, slots = this.#slots();
    const kept = slots.filter((slot) => this.features.subarray(slot * d, (slot + 1) * d).some((value) => value !== 0));
    if (kept.length === slots.length) return false;
    const rows = this.#rows(kept);
    this.#size = 0;
    this.#next = 0;
    this.push(rows);
    return true;
  }

  /** The entries' slots, oldest first. */
  #slots(): number[] {
    return Array.from({ length: this.#size }, (_, age) => this.slot(age));
  }

  /** A copy of the rows at these slots. */
  #rows(slots: readonly number[]): FeatureSet {
    const d = this.#dimension, features = new Float32Array(slots.length * d);
    slots.forEach((slot, row) => features.set(this.features.subarray(slot * d, (slot + 1) * d), row * d));
    return { features, partitions: Int32Array.from(slots, (slot) => this.partitions[slot]) };
  }
}
