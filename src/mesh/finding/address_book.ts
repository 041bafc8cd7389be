/**
 * Where members were last seen, kept on disk so that a restarted peer finds the mesh without anybody's help.
 *
 * @module
 */
import { type SmallFiles, smallFiles } from "../../core/small_files.ts";
import * as v from "valibot";
import { messageOf } from "../../core/errors.ts";
import { world } from "../../core/world.ts";
import { addressFault } from "./address_rules.ts";

/** Characters of an address that are kept. */
const MAX_LENGTH = 500;

const bookSchema = v.strictObject({
  version: v.literal(1),
  peers: v.record(
    v.string(),
    v.strictObject({
      addresses: v.pipe(v.array(v.string()), v.maxLength(64)),
      reached: v.optional(v.string()),
      lastSeen: v.pipe(v.number(), v.minValue(0)),
    }),
  ),
});

/** What comes from outside, or from a hand in the file, need not lead anywhere. */
const isKept = (address: string) =>
  address.length <= MAX_LENGTH && addressFault(address, "announce", { quic: true }) === undefined;

/** Addresses kept of one peer. */
export const ADDRESSES_PER_PEER = 8;

/** What is kept of one peer. */
export interface AddressEntry {
  /** Multiaddrs without the peer id: where it was reached comes first, then the latest. */
  addresses: readonly string[];
  /** Where a call last reached it: what it announces, such as all interfaces of its machine, cannot push this out. */
  reached?: string;
  /** Milliseconds since the epoch. */
  lastSeen: number;
}

/** The book of one peer. */
export class AddressBook {
  readonly #path: string;
  readonly #warn: (message: string) => void;
  readonly #files: SmallFiles;
  readonly #peers = new Map<string, AddressEntry>();
  #writing: Promise<void> = Promise.resolve();

  /** Nothing is read before {@linkcode AddressBook.load}. */
  constructor(path: string, warn: (message: string) => void = () => {}, files: SmallFiles = smallFiles) {
    this.#path = path;
    this.#warn = warn;
    this.#files = files;
  }

  /**
   * Reads the file if it is there; addresses in it that nobody can be called at are left out. A damaged one is renamed
   * aside with a warning, and the book begins empty.
   */
  async load(): Promise<void> {
    let text: string | undefined;
    try {
      text = await this.#files.read(this.#path);
    } catch (error) {
      return this.#warn(`the address book cannot be read: ${messageOf(error)}`);
    }
    if (text === undefined) return;
    try {
      const { peers } = v.parse(bookSchema, JSON.parse(text));
      for (const [peer, { addresses, reached, lastSeen }] of Object.entries(peers)) {
        const stays = reached !== undefined && isKept(reached);
        this.#peers.set(peer, { addresses: addresses.filter(isKept), ...(stays && { reached }), lastSeen });
      }
    } catch (error) {
      const aside = `${this.#path}.damaged-${world.now()}`;
      await this.#files.rename(this.#path, aside);
      this.#warn(`the address book was damaged (${messageOf(error)}) and is now ${aside}; a new one is begun`);
    }
  }

  /** The peers in the book. */
  peers(): string[] {
    return [...this.#peers.keys()];
  }

  /** What is known of `peer`. */
  get(peer: string): AddressEntry | undefined {
    return this.#peers.get(peer);
  }

  /**
   * `peer` says that it listens at `addresses`: they go before the older ones, up to the limit, and the book is
   * written.
   */
  seen(peer: string, addresses: readonly string[], now: number): Promise<void> {
    return this.#merge(peer, addresses, this.#peers.get(peer)?.reached, now);
  }

  /** A call reached `peer` at `address`, which stays first until another call does; the book is written. */
  reached(peer: string, address: string, now: number): Promise<void> {
    return this.#merge(peer, [], address, now);
  }

  #merge(peer: string, addresses: readonly string[], reached: string | undefined, now: number): Promise<void> {
    const before = this.#peers.get(peer)?.addresses ?? [];
    const all = reached === undefined ? [...addresses, ...before] : [reached, ...addresses, ...before];
    const merged = [...new Set(all.filter(isKept))].slice(0, ADDRESSES_PER_PEER);
    this.#peers.set(peer, { addresses: merged, ...(reached !== undefined && { reached }), lastSeen: now });
    return this.#save();
  }

  /** Writes one after another; each writes what is then the latest. */
  #save(): Promise<void> {
    this.#writing = this.#writing.then(async () => {
      const book = { version: 1, peers: Object.fromEntries(this.#peers) };
      await this.#files.write(this.#path, `${JSON.stringify(book, null, 2)}\n`);
    }).catch((error) => this.#warn(`the address book cannot be written: ${messageOf(error)}`));
    return this.#writing;
  }

  /** Resolves once everything has been written. */
  flush(): Promise<void> {
    return this.#writing;
  }
}
