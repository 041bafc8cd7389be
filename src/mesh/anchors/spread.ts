/**
 * Members hold the heads of each other's audit logs, `/syncytium/audit-head/1`: each gives its own, signed, and what it
 * holds of the other, when they meet and whenever its own has moved.
 *
 * So a site whose log was cut or deleted, or whose whole state was set back, learns it from whoever it meets; and
 * whoever hears fewer records than before tells its own administrator. It is a protocol of its own, and no field of the
 * announced heads, because what one holds of the other concerns that one only; a member that does not speak it is left
 * alone.
 *
 * @module
 */
import * as v from "valibot";
import { Deadline, raceAbort } from "../../core/deadline.ts";
import { messageOf } from "../../core/errors.ts";
import type { SmallFiles } from "../../core/small_files.ts";
import { world } from "../../core/world.ts";
import type { Signer } from "../envelope/sender_keys.ts";
import type { FrameChannel } from "../protocols/channel.ts";
import type { ChannelHandler, Peers } from "../protocols/peers.ts";
import { Swaps } from "../protocols/swaps.ts";
import { AnchorBook, type HeardHead } from "./book.ts";
import {
  type AuditHead,
  isLater,
  isSaidBy,
  signAuditHead,
  type SignedAuditHead,
  signedHeadSchema,
} from "./audit_head.ts";

/** The protocol's name. */
export const ANCHORS_PROTOCOL = "/syncytium/audit-head/1";

const messageSchema = v.strictObject({
  type: v.literal("audit-heads"),
  own: v.optional(signedHeadSchema),
  held: v.optional(signedHeadSchema),
});

/** A site's own log, as the mesh sees it. */
export interface AnchoredLog {
  /** The latest head that is on the disk; undefined where there is none yet. */
  anchored: () => AuditHead | undefined;
  /** A member holds `head`, which this site said once: does the log hold it? */
  told: (peer: string, head: AuditHead) => void | Promise<void>;
}

/** What {@linkcode AnchorSpread} works with. */
export interface AnchorSpreadOptions {
  identity: Signer;
  consortium: string;
  /** Larger than in every earlier life of this peer. */
  epoch: number;
  peers: Pick<Peers, "present" | "isPresent" | "use" | "signal">;
  book: AnchorBook;
  /** Without one, this site only holds those of others. */
  log?: AnchoredLog;
  /** Longest wait for a swap, in milliseconds. */
  stepTimeout: number;
  warn: (message: string, peer?: string) => void;
  debug: (line: string) => void;
}

/** Longest wait for the members to take a head that is given at the end of a run, in milliseconds. */
const LAST_HEAD_TIMEOUT = 3_000;

/** Gives this site's audit head to the others and holds theirs. */
export class AnchorSpread {
  readonly #options: AnchorSpreadOptions;
  #sequence = 0;
  #own: Promise<SignedAuditHead> | undefined;
  #ownDigest: string | undefined;
  /** What each member was given last. */
  readonly #given = new Map<string, SignedAuditHead>();
  /** Members that hold what this site never said, or say of themselves what they did not. */
  readonly #blamed = new Set<string>();
  readonly #swaps: Swaps;

  /** With a book that is open already; see {@linkcode AnchorSpread.open}. */
  constructor(options: AnchorSpreadOptions) {
    this.#options = options;
    this.#swaps = new Swaps({
      ...{ protocol: ANCHORS_PROTOCOL, doing: "swapping audit heads", link: () => options },
      swap: (channel, peer, signal) => this.swap(channel, peer, signal),
    });
  }

  /** With what this site held in its earlier lives, in the file `path`. */
  static async open(
    path: string,
    { files, ...options }: Omit<AnchorSpreadOptions, "book"> & { files?: SmallFiles },
  ): Promise<AnchorSpread> {
    const book = new AnchorBook(path, options.consortium, { warn: options.warn, files });
    await book.load();
    return new AnchorSpread({ ...options, book });
  }

  /** What the node serves. */
  handlers(): Record<string, ChannelHandler> {
    return this.#swaps.handlers();
  }

  /** A member came: both sides learn what the other holds of it. */
  joined(peer: string): void {
    this.#swaps.joined(peer);
  }

  /** Gives all members that are there this site's head, if it has moved; resolves when they have it or cannot. */
  async announce(): Promise<void> {
    const own = await this.#signed();
    for (const peer of this.#options.peers.present()) if (own && this.#given.get(peer) !== own) this.#swaps.begin(peer);
    await this.#swaps.idle();
  }

  /** The same at the end of a run: a member that does not take it soon is not waited for. Never throws. */
  async announceInTime(): Promise<void> {
    using limit = new Deadline(LAST_HEAD_TIMEOUT, "giving the audit log's head to the members");
    await raceAbort(this.announce(), limit.signal).catch((error) => this.#options.debug(messageOf(error)));
  }

  /** Resolves when nothing is under way, and what was heard is on the disk. */
  async stop(): Promise<void> {
    await this.#swaps.idle();
    await this.#options.book.flush();
  }

  /** Both sides of a stream of {@linkcode ANCHORS_PROTOCOL} run this: both give, then both take. */
  async swap(channel: FrameChannel, peer: string, signal?: AbortSignal): Promise<void> {
    using limit = new Deadline(this.#options.stepTimeout, "waiting for its audit head", signal);
    const own = await this.#signed();
    // before its new one is taken, which might be that of a log that was set back
    const held = this.#options.book.get(peer)?.furthest.head;
    await channel.sendMessage({ type: "audit-heads", own, held }, limit.signal);
    const answer = await channel.receiveMessage((value) => v.parse(messageSchema, value), limit.signal);
    // whoever breaks off before is given it again
    if (own) this.#given.set(peer, own);
    if (answer.own) await this.#take(peer, answer.own);
    if (answer.held) await this.#hear(peer, answer.held);
  }

  /** This site's head, signed once. */
  #signed(): Promise<SignedAuditHead | undefined> {
    const { log, identity, consortium, epoch } = this.#options;
    const head = log?.anchored();
    if (head && head.digest !== this.#ownDigest) {
      const { records, bytes, digest } = head;
      const sequence = ++this.#sequence;
      this.#own = signAuditHead(identity, consortium, { records, bytes, digest, epoch, sequence });
      this.#ownDigest = digest;
    }
    return this.#own ?? Promise.resolve(undefined);
  }

  async #take(peer: string, head: SignedAuditHead): Promise<void> {
    const { book, consortium, warn } = this.#options;
    const latest = book.get(peer)?.latest.head;
    if (latest && !isLater(head, latest)) return;
    if (!await isSaidBy(peer, consortium, head)) return this.#blame(peer, "its audit head is not signed by it");
    const before = book.take(peer, head, world.now());
    if (before) warn(fewer(head, before), peer);
  }

  async #hear(peer: string, head: SignedAuditHead): Promise<void> {
    const { identity, consortium, log } = this.#options;
    if (!await isSaidBy(identity.peerId, consortium, head)) {
      return this.#blame(peer, "it holds an audit head of this site that this site never said");
    }
    const { records, bytes, digest } = head;
    await log?.told(peer, { records, bytes, digest });
  }

  #blame(peer: string, message: string): void {
    if (this.#blamed.has(peer)) return;
    this.#blamed.add(peer);
    this.#options.warn(`${message}; it is passed over`, peer);
  }
}

function fewer(head: AuditHead, { head: before, heard }: HeardHead): string {
  const was = `where it had announced ${before.records} on ${new Date(heard).toISOString()}`;
  return head.records < before.records
    ? `its audit log holds ${head.records} records, ${was}`
    : `its audit log holds another record ${head.records} than it had announced on ${new Date(heard).toISOString()}`;
}
