/**
 * All versions of a charter, from the first to the one in force; each verified when it was added, never changed after.
 *
 * @module
 */
import { type Charter, charterDigest } from "./charter.ts";
import type { CharterMark } from "./mark.ts";
import { verifyCharter } from "./verify.ts";

interface Link {
  readonly charter: Charter;
  readonly digest: string;
}

/** A verified chain; immutable. */
export class CharterChain {
  readonly #links: readonly Link[];

  private constructor(links: readonly Link[]) {
    this.#links = links;
  }

  /** A chain of one version. @throws {CharterError} if it is not a valid first version. */
  static async found(first: Charter): Promise<CharterChain> {
    await verifyCharter(first);
    return new CharterChain([{ charter: first, digest: await charterDigest(first) }]);
  }

  /** This chain and one version more. @throws {CharterError} if it is not a valid successor. */
  async extend(next: Charter): Promise<CharterChain> {
    await verifyCharter(next, this.newest);
    return new CharterChain([...this.#links, { charter: next, digest: await charterDigest(next) }]);
  }

  /** The version in force. */
  get newest(): Charter {
    return this.#links.at(-1)!.charter;
  }

  /** The number of the version in force. */
  get version(): number {
    return this.#links.length;
  }

  /** Names this chain. */
  get mark(): CharterMark {
    return { founding: this.#links[0].digest, version: this.version, digest: this.#links.at(-1)!.digest };
  }

  /** All versions, from the first. */
  get versions(): Charter[] {
    return this.#links.map(({ charter }) => charter);
  }

  /** A version by its number, from 1. */
  at(version: number): Charter | undefined {
    return this.#links[version - 1]?.charter;
  }

  /** The digest of a version by its number, from 1. */
  digestAt(version: number): string | undefined {
    return this.#links[version - 1]?.digest;
  }

  /** Whether this chain holds `other` and more. */
  goesOnFrom(other: CharterChain): boolean {
    return this.version > other.version && this.digestAt(other.version) === other.mark.digest;
  }
}
