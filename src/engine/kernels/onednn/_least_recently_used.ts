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
    const held = this.#values.get(key);
    if (held !== undefined) {
      this.#values.delete(key);
      this.#values.set(key, held);
      return held;
    }
    const made = make();
    this.#values.set(key, made);
    if (this.#values.size > this.capacity) {
      const [oldest, value] = this.#values.entries().next().value!;
      this.#values.delete(oldest);
      this.#release(value);
    }
    return made;
  }

  /** Releases all values. */
  clear(): void {
    for (const value of this.#values.values()) this.#release(value);
    this.#values.clear();
  }
}
