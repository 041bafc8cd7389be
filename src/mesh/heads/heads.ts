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
import { type GossipSub, type Message, TopicValidatorResult } from "@libp2p/gossipsub";
import * as v from "valibot";
import { fromUtf8, utf8 } from "../../core/bytes.ts";
import { world } from "../../core/world.ts";
import type { FrameChannel } from "../protocols/channel.ts";
import { Pace } from "../protocols/pace.ts";
import { addressesSchema, type Head, headMessage, parseHead, type StampedHead } from "./head.ts";

/** The protocol's name. */
export const HEAD_PROTOCOL = "/syncytium/head/1";

/** The gossipsub topic of a consortium. */
export function headsTopic(consortium: string): string {
  return `syncytium/heads/1/${consortium}`;
}

/** Heads of one member that are taken and passed on: each round has two. */
const HEAD_PACE = { burst: 100, interval: 200 };

/** A clock may be wrong by so many milliseconds, and nobody is told. */
const CLOCK_TOLERANCE = 3_600_000;

/** Peers whose addresses go with a swap. */
const MAX_KNOWN = 64;

const swapSchema = v.strictObject({
  type: v.literal("heads"),
  head: v.optional(v.unknown()),
  known: v.pipe(
    v.record(v.pipe(v.string(), v.maxLength(100)), addressesSchema),
    v.check((known) => Object.keys(known).length <= MAX_KNOWN, `at most ${MAX_KNOWN} peers`),
  ),
});

/** What {@linkcode Heads} works with. */
export interface HeadsOptions {
  pubsub: Pick<GossipSub, "topicValidators" | "addEventListener" | "removeEventListener" | "subscribe" | "publish">;
  topic: string;
  self: string;
  /** Larger than in every earlier life of this peer, so that its heads are newer. */
  epoch: number;
  isMember: (peer: string) => boolean;
  onHead: (peer: string, head: Head) => void;
  /** Told of every head that comes, older ones too, before anything else is made of it. */
  onHeard?: (peer: string, head: Head) => void;
  /** Told once of a peer whose clock was so many milliseconds ahead of this one's when it began, and in a sentence. */
  onClockAhead?: (peer: string, milliseconds: number, told: string) => void;
  /** Whether a head is by a second process with the peer's key. @default none is */
  isTurnedAway?: (peer: string, head: Head) => boolean;
  /** Where the members that are present listen. */
  known: () => Record<string, readonly string[]>;
  /** A neighbour says where another member listens. */
  onKnown: (peer: string, addresses: readonly string[]) => void;
  onBytes: (direction: "sent" | "received", bytes: number) => void;
}

/** Announces this peer's head and keeps the latest of the others. */
export class Heads {
  readonly #options: HeadsOptions;
  readonly #latest = new Map<string, StampedHead>();
  readonly #pace = new Pace(HEAD_PACE);
  readonly #toldAhead = new Set<string>();
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
    const { isTurnedAway = () => false } = this.#options;
    const heads = [...this.#latest].map(([peer, { head }]) => [peer, head] as const);
    return new Map(heads.filter(([peer, head]) => !isTurnedAway(peer, head)));
  }

  /** Publishes this peer's head. Resolves to the peers that gossipsub sent it to. */
  async announce(head: Head): Promise<Set<string>> {
    const { pubsub, topic, epoch, onBytes } = this.#options;
    this.#own = headMessage({ epoch, sequence: ++this.#sequence, head });
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
    if (!this.#pace.take(message.from.toString())) return TopicValidatorResult.Ignore;
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

  #take(peer: string, stamped: StampedHead): void {
    if (peer === this.#options.self) return;
    const { epoch, sequence, head } = stamped;
    const { onHeard, isTurnedAway = () => false } = this.#options;
    onHeard?.(peer, head);
    const ahead = epoch - world.now();
    if (ahead > CLOCK_TOLERANCE && !this.#toldAhead.has(peer)) {
      this.#toldAhead.add(peer);
      this.#options.onClockAhead?.(peer, ahead, clockAhead(ahead));
    }
    if (isTurnedAway(peer, head)) return;
    const latest = this.#latest.get(peer);
    const before = latest && isTurnedAway(peer, latest.head) ? undefined : latest;
    if (before && (epoch < before.epoch || (epoch === before.epoch && sequence <= before.sequence))) return;
    this.#latest.set(peer, stamped);
    this.#options.onHead(peer, head);
  }
}

/** What is told of a member whose clock is ahead: once it is right, what it says would count as older without a word. */
function clockAhead(milliseconds: number): string {
  const hours = Math.round(milliseconds / 3_600_000);
  const told = hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} days`;
  return `its clock was ${told} ahead of this one's when it began: one of the two is wrong; once its is set back, what it ` +
    "announces may count as older than what it said, until this peer is started again";
}
