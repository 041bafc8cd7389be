/**
 * A bounded cache.
 *
 * @module
 */

/** Keeps the `capacity` values used last; those that must go are passed to `release`. */
export class LeastRecentlyUsed<V> {
  readonly capacity: number;
  readonly #release: (value: V) => void;
  /** A map iterates in the order of insertion: the first entry is the one not used for longest. */
  readonly #values = new Map<string, V>();

  constructor(capacity: number, release: (value: V) => void) {
    this.capacity = capacity;
    this.#release = release;
  }

  /** How many values are held. */
  get size(): number {
    return this.#values.size;
  }

  /** The value of `key`, made if it is not held. */
  get(key: string, make: () => V): V {
    const isHeld = this.#values.has(key);
    const value = isHeld ? this.#values.get(key) as V : make();
    this.#values.delete(key);
    this.#values.set(key, value);
    if (this.#values.size > this.capacity) {
      const [oldest, last] = this.#values.entries().next().value!;
      this.#values.delete(oldest);
      this.#release(last);
    }
    return value;
  }

  /** Releases all values. */
  clear(): void {
    for (const value of this.#values.values()) this.#release(value);
    this.#values.clear();
  }
}
