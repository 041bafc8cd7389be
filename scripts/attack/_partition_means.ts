/**
 * The mean of rows by partition: what position alone tells.
 *
 * @module
 */

/** Of rows of one length; partitions without rows have the mean of all. */
export class PartitionMeans {
  /** How many there are. */
  readonly partitions: number;
  readonly #width: number;
  readonly #means: Float64Array;

  /** @param rows [n, width]. @param partitions [n], each below `count`. */
  constructor(rows: Float32Array, partitions: Int32Array, count: number) {
    const width = this.#width = rows.length / partitions.length;
    const counts = new Int32Array(count);
    const all = new Float64Array(width);
    this.partitions = count;
    this.#means = new Float64Array(count * width);
    partitions.forEach((partition, row) => {
      counts[partition]++;
      for (let i = 0; i < width; i++) {
        this.#means[partition * width + i] += rows[row * width + i];
        all[i] += rows[row * width + i] / partitions.length;
      }
    });
    counts.forEach((rowsThere, partition) => {
      for (let i = 0; i < width; i++) {
        const at = partition * width + i;
        this.#means[at] = rowsThere > 0 ? this.#means[at] / rowsThere : all[i];
      }
    });
  }

  /** The mean of each row's partition: [n, width]. */
  of(partitions: Int32Array): Float32Array {
    return this.addedTo(new Float32Array(partitions.length * this.#width), partitions);
  }

  /** Rows plus the mean of their partition. */
  addedTo(rows: Float32Array, partitions: Int32Array): Float32Array {
    return this.#shifted(rows, partitions, 1);
  }

  /** Rows less the mean of their partition. */
  subtractedFrom(rows: Float32Array, partitions: Int32Array): Float32Array {
    return this.#shifted(rows, partitions, -1);
  }

  #shifted(rows: Float32Array, partitions: Int32Array, sign: number): Float32Array {
    const width = this.#width;
    return rows.map((value, i) => value + sign * this.#means[partitions[Math.floor(i / width)] * width + i % width]);
  }
}
