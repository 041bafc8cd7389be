/**
 * Heads: what each peer announces of itself by gossipsub (round, sketch of its weights, digest of its features), never
 * the data.
 *
 * Gossipsub reaches whom it has a stream to and whose subscription it knows, so it misses who has just come. Heads are
 * therefore swapped directly, `/syncytium/head/1`, when a peer joins, and with present peers that a publication did not
 * go to.
 *
 * @module
 */
import { encodeBase64 } from "@std/encoding/base64";
import { type GossipSub, type Message, TopicValidatorResult } from "@libp2p/gossipsub";
import { multiaddr } from "@multiformats/multiaddr";
import * as v from "valibot";
import { bytesOf, fromBase64, fromUtf8, utf8 } from "../../core/bytes.ts";
import { SKETCH_SIZE } from "./sketch.ts";
import type { FeatureDigest } from "../features/exchange.ts";
import type { FrameChannel } from "../protocols/channel.ts";

/** The protocol's name. */
export const HEAD_PROTOCOL = "/syncytium/head/1";

/** The gossipsub topic of a consortium. */
export function headsTopic(consortium: string): string {
  return `syncytium/heads/1/${consortium}`;
}

function isMultiaddr(text: string): boolean {
  try {
    multiaddr(text);
    return true;
  } catch {
    return false;
  }
}

/** Peers whose addresses go with a swap. */
const MAX_KNOWN = 64;

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const addressesSchema = v.pipe(
  v.array(v.pipe(v.string(), v.maxLength(300), v.check(isMultiaddr, "a multiaddr"))),
  v.maxLength(8),
);
const headSchema = v.strictObject({
  epoch: count,
  sequence: count,
  round: count,
  addresses: addressesSchema,
  layout: v.optional(v.pipe(v.string(), v.maxLength(200))),
  mass: v.optional(v.pipe(v.number(), v.gtValue(0))),
  sketch: v.optional(v.pipe(v.string(), v.length(4 * Math.ceil((SKETCH_SIZE * 4) / 3)))),
  features: v.optional(v.strictObject({
    round: count,
    bytes: count,
    digest: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  })),
  metrics: v.optional(v.pipe(
    v.record(v.pipe(v.string(), v.maxLength(50)), v.pipe(v.number(), v.finite())),
    v.check((metrics) => Object.keys(metrics).length <= 50, "at most 50 metrics"),
  )),
});
const swapSchema = v.strictObject({
  type: v.literal("heads"),
  head: v.optional(v.unknown()),
  known: v.pipe(
    v.record(v.pipe(v.string(), v.maxLength(100)), addressesSchema),
    v.check((known) => Object.keys(known).length <= MAX_KNOWN, `at most ${MAX_KNOWN} peers`),
  ),
});

/** Where a peer stands. */
export interface Head {
  round: number;
  /** Where it listens, at most 8 multiaddrs: whoever hears a head can call the peer. */
  addresses: string[];
  /** The layout of the averaged vector, and this site's mass in averaging, once there is a vector. */
  layout?: string;
  mass?: number;
  /** {@linkcode sketch} of the averaged vector, seeded by its layout. */
  sketch?: Float32Array;
  /** The features that can be asked for. */
  features?: FeatureDigest;
  /** A few figures to show. */
  metrics?: Record<string, number>;
}

interface Stamped {
  epoch: number;
  sequence: number;
  head: Head;
}

/** @throws {v.ValiError | RangeError} if `value` is not a head. */
function parseHead(value: unknown): Stamped {
  const { epoch, sequence, sketch, ...rest } = v.parse(headSchema, value);
  const head: Head = rest;
  if (sketch !== undefined) {
    head.sketch = new Float32Array(fromBase64(sketch).buffer);
    if (!head.sketch.every(Number.isFinite)) throw new RangeError("a sketch must be finite");
  }
  return { epoch, sequence, head };
}

/** What {@linkcode Heads} works with. */
export interface HeadsOptions {
  pubsub: GossipSub;
  topic: string;
  self: string;
  /** Larger than in every earlier life of this peer, so that its heads are newer. */
  epoch: number;
  isMember: (peer: string) => boolean;
  onHead: (peer: string, head: Head) => void;
  /** Where the members that are present listen. */
  known: () => Record<string, readonly string[]>;
  /** A neighbour says where another member listens. */
  onKnown: (peer: string, addresses: readonly string[]) => void;
  onBytes: (direction: "sent" | "received", bytes: number) => void;
}

/** Announces this peer's head and keeps the latest of the others. */
export class Heads {
  readonly #options: HeadsOptions;
  readonly #latest = new Map<string, Stamped>();
  #sequence = 0;
  #own: object | undefined;

  constructor(options: HeadsOptions) {
    this.#options = options;
  }

  /** Begins to listen; gossipsub must be running. */
  start(): void {
    const { pubsub, topic } = this.#options;
    pubsub.topicValidators.set(topic, (_from, message) => this.#validate(message));
    pubsub.addEventListener("message", this.#onMessage);
    pubsub.subscribe(topic);
  }

  /** Ends listening. */
  stop(): void {
    this.#options.pubsub.removeEventListener("message", this.#onMessage);
  }

  /** The latest head of every remote. */
  latest(): Map<string, Head> {
    return new Map([...this.#latest].map(([peer, { head }]) => [peer, head]));
  }

  /** Publishes this peer's head. Resolves to the peers that gossipsub sent it to. */
  async announce({ sketch, ...rest }: Head): Promise<Set<string>> {
    const { pubsub, topic, epoch, onBytes } = this.#options;
    this.#own = {
      ...rest,
      epoch,
      sequence: ++this.#sequence,
      ...(sketch && { sketch: encodeBase64(bytesOf(sketch as Float32Array<ArrayBuffer>)) }),
    };
    const data = utf8(JSON.stringify(this.#own));
    const { recipients } = await pubsub.publish(topic, data);
    onBytes("sent", data.length * recipients.length);
    return new Set(recipients.map(String));
  }

  /**
   * Gives `peer` this peer's head and the addresses of members that are present, and takes the same;
   * both sides of a stream of {@linkcode HEAD_PROTOCOL} run this.
   */
  async swap(channel: FrameChannel, peer: string, signal?: AbortSignal): Promise<void> {
    const known = Object.fromEntries(Object.entries(this.#options.known()).slice(0, MAX_KNOWN));
    await channel.sendMessage({ type: "heads", head: this.#own, known }, signal);
    const answer = await channel.receiveMessage((value) => v.parse(swapSchema, value), signal);
    if (answer.head !== undefined) this.#take(peer, parseHead(answer.head));
    for (const [other, addresses] of Object.entries(answer.known)) this.#options.onKnown(other, addresses);
  }

  #validate(message: Message): TopicValidatorResult {
    const { isMember } = this.#options;
    // gossipsub has verified the signature of `from`
    if (message.type !== "signed" || !isMember(message.from.toString())) return TopicValidatorResult.Reject;
    try {
      parseHead(JSON.parse(fromUtf8(message.data)));
      return TopicValidatorResult.Accept;
    } catch {
      return TopicValidatorResult.Reject;
    }
  }

  readonly #onMessage = ({ detail: message }: CustomEvent<Message>) => {
    if (message.type !== "signed" || message.topic !== this.#options.topic) return;
    this.#options.onBytes("received", message.data.length);
    this.#take(message.from.toString(), parseHead(JSON.parse(fromUtf8(message.data))));
  };

  #take(peer: string, stamped: Stamped): void {
    if (peer === this.#options.self) return;
    const before = this.#latest.get(peer);
    const { epoch, sequence, head } = stamped;
    if (before && (epoch < before.epoch || (epoch === before.epoch && sequence <= before.sequence))) return;
    this.#latest.set(peer, stamped);
    this.#options.onHead(peer, head);
  }
}
