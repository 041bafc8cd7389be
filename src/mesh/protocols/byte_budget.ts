/**
 * Bytes that one peer makes this one hold, over all its streams: of frames that are not whole yet, and of whole ones that
 * nobody has read.
 *
 * @module
 */

/** What a peer may have held at a time, in bytes: two pieces of each of several transfers. */
export const HELD_BYTES = 16 * 1024 * 1024;

/** The bytes of one peer. */
export class ByteBudget {
  readonly #most: number;
  #held = 0;

  constructor(most: number = HELD_BYTES) {
    this.#most = most;
  }

  /** Held now. */
  get held(): number {
    return this.#held;
  }

  /** Counts `bytes` that are about to be held. @throws {RangeError} if it is too much; nothing is counted then. */
  hold(bytes: number): void {
    if (this.#held + bytes > this.#most) {
      throw new RangeError(
        `the remote has ${this.#held} bytes held over all its streams, at most ${this.#most} may be`,
      );
    }
    this.#held += bytes;
  }

  /** They are held no more. */
  release(bytes: number): void {
    this.#held -= bytes;
  }
}
