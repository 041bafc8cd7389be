/**
 * A sum as its collector keeps it: who has come, whose part is there, who has confirmed, and whose mask is known. The
 * parts are added as they come, so one vector is held, whatever the number of members.
 *
 * @module
 */
import type { Bytes } from "../../../core/bytes.ts";
import { Deadline, raceAbort } from "../../../core/deadline.ts";
import { world } from "../../../core/world.ts";
import { type Blob, makeBlob } from "../../protocols/pieces.ts";
import { Barrier } from "./_barrier.ts";
import { VoidSumError } from "./_errors.ts";
import { unmask } from "./part.ts";
import { addTo, bytesOfRing, type Ring } from "./ring.ts";
import type { Attempt, Roster, RosterMember } from "./roster.ts";

/** One attempt at a sum. */
export class Session {
  readonly attempt: Attempt;
  readonly #joined = new Map<string, RosterMember>();
  readonly #roster = Promise.withResolvers<Running>();
  readonly #streams: Promise<unknown>[] = [];
  #changed = Promise.withResolvers<void>();
  #isGathering = true;

  constructor(attempt: Attempt) {
    this.attempt = attempt;
    this.#roster.promise.catch(() => {}); // perhaps nobody waits yet
  }

  /** Whether somebody can still come. */
  get isGathering(): boolean {
    return this.#isGathering;
  }

  /** Those who have come. */
  get joined(): readonly string[] {
    return [...this.#joined.keys()];
  }

  /** The sum under way, once all are there. @throws {VoidSumError} if it comes to none. */
  get running(): Promise<Running> {
    return this.#roster.promise;
  }

  /** Somebody comes. */
  join(member: RosterMember): void {
    this.#joined.set(member.peer, member);
    this.#wake();
  }

  /** Somebody who had come goes again, before the sum is begun. */
  leave(member: RosterMember): void {
    if (!this.#isGathering || this.#joined.get(member.peer) !== member) return;
    this.#joined.delete(member.peer);
    this.#wake();
  }

  /** Lets {@linkcode Session.served} wait for the end of a member's stream. */
  serves<T>(stream: Promise<T>): Promise<T> {
    this.#streams.push(stream);
    return stream;
  }

  /** Resolves once every stream is over, well or not. */
  async served(signal: AbortSignal): Promise<void> {
    await raceAbort(Promise.allSettled(this.#streams), signal);
  }

  /** Waits until those of `expected` are there, but not beyond `until` (world.elapsed()). */
  async gather(expected: () => readonly string[], until: number, signal: AbortSignal): Promise<RosterMember[]> {
    while (expected().some((peer) => !this.#joined.has(peer)) && world.elapsed() < until) {
      using limit = new Deadline(Math.min(until - world.elapsed(), 500), "waiting for members", signal);
      await raceAbort(this.#changed.promise, limit.signal).catch(() => signal.throwIfAborted());
    }
    this.#isGathering = false;
    return [...this.#joined.values()];
  }

  /** Begins the sum of those of `roster`. */
  begin(roster: Roster): Running {
    const running = new Running(roster, this.attempt.values);
    this.#roster.resolve(running);
    return running;
  }

  /** There will be no sum. */
  fail(error: VoidSumError): void {
    this.#isGathering = false;
    this.#roster.reject(error);
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}

/** A sum whose members are settled. */
export class Running {
  readonly roster: Roster;
  /** Signatures under "all parts are there". */
  readonly confirmations: Barrier<string>;
  readonly #parts: Barrier<true>;
  readonly #seeds: Barrier<Bytes>;
  readonly #sum: Ring;
  readonly #blob = Promise.withResolvers<Blob>();
  #failure: VoidSumError | undefined;
  #isDone = false;

  constructor(roster: Roster, values: number) {
    this.roster = roster;
    const peers = roster.members.map(({ peer }) => peer);
    this.#parts = new Barrier(peers);
    this.confirmations = new Barrier(peers);
    this.#seeds = new Barrier(peers);
    this.#sum = new Uint32Array(values);
    this.#blob.promise.catch(() => {});
  }

  /** Resolves once all parts are there. */
  get complete(): Promise<unknown> {
    return this.#parts.all;
  }

  /** The sum, ready to be served. */
  get sum(): Promise<Blob> {
    return this.#blob.promise;
  }

  /** Adds the masked part of `peer`, once. */
  add(peer: string, part: Ring): void {
    if (this.#failure) throw this.#failure;
    if (!this.#parts.missing.includes(peer)) throw new VoidSumError(`${peer} has given its part twice`);
    addTo(this.#sum, part);
    this.#parts.arrive(peer, true);
  }

  /** `peer` tells the seed of its own mask. */
  reveal(peer: string, seed: Bytes): void {
    this.#seeds.arrive(peer, seed);
  }

  /** Takes the members' own masks off, when all are known. @throws {VoidSumError} if not. */
  async open(): Promise<Ring> {
    await unmask(this.#sum, await this.#seeds.all, this.roster);
    if (this.#failure) throw this.#failure;
    this.#isDone = true;
    this.#blob.resolve(await makeBlob(bytesOfRing(this.#sum)));
    return this.#sum;
  }

  /** One of the members has dropped out: without all there is no sum. Of no account once there is one. */
  fail(error: VoidSumError): void {
    if (this.#isDone) return;
    this.#failure ??= error;
    for (const barrier of [this.#parts, this.confirmations, this.#seeds]) barrier.fail(error);
    this.#blob.reject(error);
  }
}
