/**
 * One peer's links to the partners that it met last; each costs as much memory as the vector, so there are not more of
 * them than that.
 *
 * @module
 */
import type { Compressor, VectorLayout } from "./compressor.ts";
import { CompressedLink } from "./link.ts";

/** How many references a peer keeps unless it is told otherwise. */
export const DEFAULT_LINKS = 8;

/** Options of {@linkcode CompressedLinks}. */
export interface CompressedLinksOptions {
  compressor: Compressor;
  layout: VectorLayout;
  /** Partners whose references are kept, from 1. @default 8 */
  most?: number;
}

/** The links of one peer, by the partner's id. */
export class CompressedLinks {
  readonly #compressor: Compressor;
  readonly #layout: VectorLayout;
  readonly #most: number;
  /** The one that was met last is the last. */
  readonly #links = new Map<string, CompressedLink>();

  /** @throws {RangeError} if `most` is not from 1. */
  constructor({ compressor, layout, most = DEFAULT_LINKS }: CompressedLinksOptions) {
    if (!(most >= 1)) throw new RangeError(`a peer must keep at least 1 link, got ${most}`);
    this.#compressor = compressor;
    this.#layout = layout;
    this.#most = most;
  }

  /** How many are kept now. */
  get size(): number {
    return this.#links.size;
  }

  /**
   * The link to `partner`, anew where it is not (or no longer) known; the one that was met longest ago may have to go
   * for it.
   */
  to(partner: string): CompressedLink {
    const link = this.#links.get(partner) ?? new CompressedLink(this.#compressor, this.#layout);
    this.#links.delete(partner);
    this.#links.set(partner, link);
    if (this.#links.size > this.#most) this.#links.delete(this.#links.keys().next().value!);
    return link;
  }
}
