/** Where all parties of a sum wait for one another. */

/** Resolves once everybody has brought something. */
export class Barrier<T> {
  readonly #came = new Map<string, T>();
  readonly #missing: Set<string>;
  readonly #all = Promise.withResolvers<ReadonlyMap<string, T>>();

  constructor(parties: readonly string[]) {
    this.#missing = new Set(parties);
    this.#all.promise.catch(() => {}); // perhaps nobody waits yet
  }

  /** What all have brought, by party. @throws what {@linkcode Barrier.fail} was told */
  get all(): Promise<ReadonlyMap<string, T>> {
    return this.#all.promise;
  }

  /** Those who have brought nothing. */
  get missing(): readonly string[] {
    return [...this.#missing];
  }

  /** `party` brings `value`. */
  arrive(party: string, value: T): void {
    this.#came.set(party, value);
    this.#missing.delete(party);
    if (this.#missing.size === 0) this.#all.resolve(this.#came);
  }

  /** Nobody waits any longer. */
  fail(error: Error): void {
    this.#all.reject(error);
  }
}
