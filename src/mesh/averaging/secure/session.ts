/**
 * A sum as its collector keeps it: who has come, whose part is there, who has confirmed, and whose mask is known. The
 * parts are added as they come, so one vector is held, whatever the number of members.
 *
 * @module
 */
import type { Bytes } from "../../../core/bytes.ts";
import { raceAbort } from "../../../core/deadline.ts";
import { type Blob, makeBlob } from "../../protocols/pieces.ts";
import { Barrier } from "./_barrier.ts";
import { type Elsewhere, MovedError, VoidSumError } from "./_errors.ts";
import { unmask } from "./part.ts";
import { addTo, bytesOfRing, type Ring } from "./ring.ts";
import type { Attempt, Roster, RosterMember } from "./roster.ts";

/** One attempt at a sum. */
export class Session {
  readonly attempt: Attempt;
  /** All members, in the order in which they are to collect this step's sum. */
  readonly order: readonly string[];
  /** Whether this peer has taken the sum. */
  isTaken = false;
  readonly #joined = new Map<string, RosterMember>();
  readonly #away = new Map<string, Elsewhere>();
  readonly #roster = Promise.withResolvers<Running>();
  readonly #streams: Promise<unknown>[] = [];
  #changed = Promise.withResolvers<void>();
  #isGathering = true;
  #moved: MovedError | undefined;

  /** Nobody has come yet. */
  constructor(attempt: Attempt, order: readonly string[]) {
    this.attempt = attempt;
    this.order = order;
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

  /** Those who are in another sum, or have done this step, and where. */
  get away(): ReadonlyMap<string, Elsewhere> {
    return this.#away;
  }

  /** The sum under way, once all are there. @throws {VoidSumError | MovedError} if it comes to none. */
  get running(): Promise<Running> {
    return this.#roster.promise;
  }

  /** Resolves with the next change of who has come, who is away, and whether this sum is left. */
  get changed(): Promise<void> {
    return this.#changed.promise;
  }

  /** Somebody comes. */
  join(member: RosterMember): void {
    this.#joined.set(member.peer, member);
    this.#away.delete(member.peer);
    this.#wake();
  }

  /** Somebody who had come goes again, before the sum is begun. */
  leave(member: RosterMember): void {
    if (!this.#isGathering || this.#joined.get(member.peer) !== member) return;
    this.#joined.delete(member.peer);
    this.#wake();
  }

  /** `peer` says that it is elsewhere, and does not come. */
  leaveOut(peer: string, where: Elsewhere): void {
    if (!this.#isGathering || this.#joined.has(peer)) return;
    this.#away.set(peer, where);
    this.#wake();
  }

  /** `peer` gathers the same step's sum: this one is left for it, where it is before this one's collector in turn. */
  yieldTo(peer: string): boolean {
    const turn = this.order.indexOf(peer);
    if (!this.#isGathering || turn < 0 || turn > this.order.indexOf(this.attempt.collector)) return false;
    this.moveTo({ step: this.attempt.step, collector: peer });
    return true;
  }

  /** This sum is left for another, to which those who have come are shown. */
  moveTo(elsewhere: Elsewhere): void {
    if (!this.#isGathering) return;
    this.#isGathering = false;
    this.#moved = new MovedError(elsewhere);
    this.#roster.reject(this.#moved);
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

  /** Nobody comes any more. @returns those who have. @throws {MovedError} if the sum is left for another */
  close(): RosterMember[] {
    if (this.#moved) throw this.#moved;
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

  /** Those whom all wait for. */
  get missing(): readonly string[] {
    const barriers = [this.#parts, this.confirmations, this.#seeds];
    return barriers.map(({ missing }) => missing).find((missing) => missing.length > 0) ?? [];
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
