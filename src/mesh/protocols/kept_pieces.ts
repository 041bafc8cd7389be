/**
 * Pieces of transfers that were cut: a later transfer of the same bytes, from whomever, asks only for those that are
 * missing.
 *
 * They are found by the manifest's root, a digest of every piece's digest, so nobody can slip other bytes in. What is
 * kept is bounded in number, bytes and time; what is kept too long is dropped at the next transfer.
 *
 * @module
 */
import type { Bytes } from "../../core/bytes.ts";
import { world } from "../../core/world.ts";

/** A transfer that is not complete. */
export interface PartialBlob {
  /** As long as the whole; verified where no piece is missing. */
  readonly data: Bytes;
  /** The pieces that have not come, ascending. */
  readonly missing: number[];
}

/** Options of {@linkcode KeptPieces}. */
export interface KeptPiecesOptions {
  /** Transfers that are kept. @default 4 */
  most?: number;
  /** Bytes of all of them, counted whole. @default 512 MiB */
  maxBytes?: number;
  /** How long they are kept, in milliseconds. @default 600000 */
  maxAge?: number;
  /** Milliseconds from any beginning that only goes forward. @default world.elapsed */
  now?: () => number;
}

/** The broken transfers of one peer. */
export class KeptPieces {
  readonly #options: Required<KeptPiecesOptions>;
  /** By root, the oldest first. */
  readonly #partials = new Map<string, PartialBlob & { since: number }>();

  /** Keeps nothing yet. */
  constructor({
    most = 4,
    maxBytes = 512 * 1024 * 1024,
    maxAge = 600_000,
    now = world.elapsed,
  }: KeptPiecesOptions = {}) {
    this.#options = { most, maxBytes, maxAge, now };
  }

  /** What there is of `root`, for one transfer to go on with; it is not kept meanwhile. */
  take(root: string): PartialBlob | undefined {
    this.#dropOld();
    const partial = this.#partials.get(root);
    this.#partials.delete(root);
    return partial;
  }

  /** The roots of what is kept now. */
  roots(): string[] {
    this.#dropOld();
    return [...this.#partials.keys()];
  }

  /** Keeps a broken transfer; older ones may have to go for it. */
  keep(root: string, { data, missing }: PartialBlob): void {
    const { most, maxBytes, now } = this.#options;
    if (data.length > maxBytes) return;
    this.#partials.delete(root);
    this.#partials.set(root, { data, missing, since: now() });
    this.#dropOld();
    while (this.#partials.size > most || this.#bytes() > maxBytes) {
      this.#partials.delete(this.#partials.keys().next().value!);
    }
  }

  #bytes(): number {
    return this.#partials.values().reduce((sum, { data }) => sum + data.length, 0);
  }

  #dropOld(): void {
    const { maxAge, now } = this.#options;
    for (const [root, { since }] of this.#partials) if (now() - since > maxAge) this.#partials.delete(root);
  }
}
