/**
 * One key, one site: of two processes that speak for one peer at once, the one that was here first stays, and the
 * newcomer is turned away and told why. `/syncytium/place/1` asks the one that is here whether it still is.
 *
 * A restart is let in: the process before it is gone and its connections with it, or it gives no answer. A process that
 * answers signs that it is here and the other elsewhere, and says so in its heads: so every member learns of it. Where
 * two processes have reached different members, these hear the heads of the other, and ask the one that was started
 * first.
 *
 * @module
 */
import type { Connection } from "@libp2p/interface";
import * as v from "valibot";
import { messageOf } from "../../core/errors.ts";
import { Deadline, raceAbort } from "../../core/deadline.ts";
import type { FrameChannel } from "../protocols/channel.ts";
import {
  isPlaceOf,
  isProofOf,
  isSamePlace,
  type Place,
  type PlaceProof,
  placeSchema,
  type PlaceSigner,
  proofSchema,
  provePlaces,
} from "../protocols/place.ts";
import type { Admission } from "./admission.ts";
import { isBusy } from "./busy.ts";
import type { Refusal } from "./hello.ts";

/** The protocol's name. */
export const PLACE_PROTOCOL = "/syncytium/place/1";

/** Processes of one key that are told of in one life. */
const MAX_TOLD = 10;

const askSchema = v.strictObject({
  type: v.literal("place"),
  elsewhere: placeSchema,
  from: v.optional(v.pipe(v.string(), v.maxLength(300))),
});
const answerSchema = v.strictObject({ type: v.literal("here"), proof: proofSchema });

/** What is told of keys that two processes use. */
export type PlaceEvent =
  /** A second process with the key of the member `peer`; `from`: the address that it called from, if it called here. */
  | { type: "key-twice"; peer: string; elsewhere: Place; from?: string }
  /** A second process with this peer's key: the member `peer` turned it away. */
  | { type: "key-elsewhere"; peer: string; elsewhere: Place; from?: string }
  /** This process is the second one: the member `peer` proved that another one answers. */
  | { type: "key-in-use"; peer: string; here: Place };

/** What {@linkcode Places} works with. */
export interface PlacesOptions {
  identity: PlaceSigner;
  consortium: string;
  admission: Pick<Admission, "connectionsTo" | "placeOf">;
  /** A channel of {@linkcode PLACE_PROTOCOL} on `connection`. */
  open: (connection: Connection, signal: AbortSignal) => Promise<FrameChannel>;
  /** Milliseconds that a process may take to say that it is here; twice as many during a transfer. @default 5000 */
  placeTime?: number;
  told: (event: PlaceEvent) => void;
  debug: (message: string) => void;
  /** Ends it: the peer stops. */
  signal: AbortSignal;
}

/** Knows which process speaks for each peer. */
export class Places {
  /** This process. */
  readonly own: Place;
  readonly #options: PlacesOptions;
  /** The latest proof that a peer's process gave of another, by peer. */
  readonly #proofs = new Map<string, PlaceProof>();
  /** Processes that were told of, by peer. */
  readonly #told = new Map<string, Set<string>>();
  /** Questions under way, by peer and process. */
  readonly #asking = new Map<string, Promise<PlaceProof | undefined>>();

  constructor(own: Place, options: PlacesOptions) {
    this.own = own;
    this.#options = options;
  }

  /** What this process has signed of another of its key, for its heads. */
  get proof(): PlaceProof | undefined {
    return this.#proofs.get(this.#options.identity.peerId);
  }

  /** Whether `place` was shown to be a second process of `peer`'s. */
  isTurnedAway(peer: string, place: Place): boolean {
    const proof = this.#proofs.get(peer);
    return proof !== undefined && isSamePlace(proof.elsewhere, place);
  }

  /**
   * Why a process whose hello is in order is turned away; `undefined` if it is let in, and what was silent hung up on.
   */
  async turnAway(connection: Connection, place: Place): Promise<Refusal | undefined> {
    const peer = connection.remotePeer.toString();
    if (this.isTurnedAway(peer, place)) return this.#refusal(this.#proofs.get(peer)!);
    const others = this.#othersThan(peer, place);
    if (others.length === 0) return undefined;
    const from = connection.remoteAddr.toString();
    const proofs = await Promise.all(others.map((other) => this.#ask(other, place, from)));
    const proof = proofs.find((one) => one !== undefined);
    if (proof) {
      this.#learn(peer, proof, from);
      return this.#refusal(proof);
    }
    for (const other of others) other.abort(new Error("it gives no answer, and was started again"));
    return undefined;
  }

  /** A member refused this process's hello with a proof. */
  async refused(peer: string, proof: PlaceProof): Promise<void> {
    const { identity, told } = this.#options;
    const { here, elsewhere } = proof;
    if (!isSamePlace(elsewhere, this.own) || !await isProofOf(proof, this.#ownerOf(identity.peerId))) return;
    const issued = this.proof;
    const stays = issued !== undefined && isSamePlace(issued.elsewhere, here) && this.own.epoch < here.epoch;
    if (!stays && this.#isNews(identity.peerId, here)) told({ type: "key-in-use", peer, here });
  }

  /** A head of `peer` came, from the process `place`, with what it has signed of another. */
  async heard(peer: string, place: Place | undefined, proof: PlaceProof | undefined): Promise<void> {
    const owner = this.#ownerOf(peer);
    if (proof && this.#proofs.get(peer)?.signature !== proof.signature && await isProofOf(proof, owner)) {
      this.#learn(peer, proof);
    }
    if (!place || this.isTurnedAway(peer, place)) return;
    const [other] = this.#othersThan(peer, place);
    const before = other && this.#options.admission.placeOf(other);
    if (!before || before.epoch > place.epoch || !await isPlaceOf(place, owner)) return;
    const found = await this.#ask(other, place);
    if (found) this.#learn(peer, found);
  }

  /** Answers a member that asks about another process of this peer's key. */
  async answer(channel: FrameChannel, peer: string, signal: AbortSignal): Promise<void> {
    const { identity, consortium, told } = this.#options;
    const { elsewhere, from } = await channel.receiveMessage((value) => v.parse(askSchema, value), signal);
    const isOther = !isSamePlace(elsewhere, this.own) && await isPlaceOf(elsewhere, this.#ownerOf(identity.peerId));
    if (!isOther) throw new RangeError("it asks about a process that is none of this peer's key");
    const proof = await provePlaces(identity, { consortium, here: this.own, elsewhere });
    await channel.sendMessage({ type: "here", proof }, signal);
    if (!this.#isNews(identity.peerId, elsewhere)) return;
    this.#proofs.set(identity.peerId, proof);
    told({ type: "key-elsewhere", peer, elsewhere, ...(from !== undefined && { from }) });
  }

  #ownerOf(peer: string): { consortium: string; peer: string } {
    return { consortium: this.#options.consortium, peer };
  }

  /** Accepted connections to other processes of `peer` than `place`, direct ones first. */
  #othersThan(peer: string, place: Place): Connection[] {
    const { admission } = this.#options;
    const others = admission.connectionsTo(peer).filter((connection) => {
      const other = admission.placeOf(connection);
      return other !== undefined && !isSamePlace(other, place);
    });
    return others.sort((one, other) => Number(other.direct) - Number(one.direct));
  }

  #refusal(proof: PlaceProof): Refusal {
    const { epoch } = proof.here;
    return {
      reason: `this key is in use at another place, by a process started ${new Date(epoch).toISOString()}`,
      proof,
    };
  }

  /** Asks the process at the other end of `connection`, once for all who want to know. */
  #ask(connection: Connection, elsewhere: Place, from?: string): Promise<PlaceProof | undefined> {
    const key = `${connection.id} ${elsewhere.id}`;
    const asking = this.#asking.get(key) ?? this.#askNow(connection, elsewhere, from).catch((error) => {
      this.#options.debug(`asking whether ${connection.remotePeer} is still there: ${messageOf(error)}`);
      return undefined;
    }).finally(() => this.#asking.delete(key));
    this.#asking.set(key, asking);
    return asking;
  }

  async #askNow(connection: Connection, elsewhere: Place, from?: string): Promise<PlaceProof> {
    const { admission, open, placeTime = 5_000, signal } = this.#options;
    const here = admission.placeOf(connection);
    using limit = new Deadline(isBusy(connection) ? 2 * placeTime : placeTime, "a sign of life", signal);
    const channel = await raceAbort(open(connection, limit.signal), limit.signal);
    try {
      await channel.sendMessage({ type: "place", elsewhere, from }, limit.signal);
      const { proof } = await channel.receiveMessage((value) => v.parse(answerSchema, value), limit.signal);
      await raceAbort(channel.close(), limit.signal);
      const isMeant = here && isSamePlace(proof.here, here) && isSamePlace(proof.elsewhere, elsewhere);
      if (isMeant && await isProofOf(proof, this.#ownerOf(connection.remotePeer.toString()))) return proof;
      throw new RangeError("its answer is not signed by the process that was asked");
    } catch (error) {
      channel.abort(error instanceof Error ? error : new Error(String(error)));
      throw error;
    }
  }

  /** Of two that each say to be here, the one that was started first stays. */
  #learn(peer: string, proof: PlaceProof, from?: string): void {
    const { admission, told } = this.#options;
    const before = this.#proofs.get(peer);
    const contradicts = before && isSamePlace(before.here, proof.elsewhere) &&
      isSamePlace(before.elsewhere, proof.here);
    if (contradicts && before.here.epoch < proof.here.epoch) return;
    this.#proofs.set(peer, proof);
    for (const connection of admission.connectionsTo(peer)) {
      const place = admission.placeOf(connection);
      if (place && isSamePlace(place, proof.elsewhere)) {
        connection.abort(new Error("its key is in use at another place"));
      }
    }
    if (this.#isNews(peer, proof.elsewhere)) {
      told({ type: "key-twice", peer, elsewhere: proof.elsewhere, ...(from !== undefined && { from }) });
    }
  }

  /** Whether a process of `peer`'s was not told of yet. */
  #isNews(peer: string, { id }: Place): boolean {
    const told = this.#told.get(peer) ?? new Set();
    if (told.has(id) || told.size >= MAX_TOLD) return false;
    this.#told.set(peer, told.add(id));
    return true;
  }
}
