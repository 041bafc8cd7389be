/**
 * Whether a peer gets on: by its signs of work, against how long they have taken so far.
 *
 * @module
 */
import type { PeerEvent } from "../../peer/events.ts";

/** Less silence than this is never taken for being stuck, in milliseconds: 15 minutes. */
const LEAST = 15 * 60_000;
/** So many times the longest time between two signs of work so far may pass. */
const TIMES = 10;
/**
 * Between two trainings a peer may wait for others: without labels for up to 3 hours for a member's round
 * (`src/peer/_neighbours.ts`), in milliseconds.
 */
const BETWEEN = 4 * 60 * 60_000;

/** The pulse of a peer. */
export class Pulse {
  /** Of the latest sign of work. */
  #time: number;
  /** The longest time between two signs within a stage. */
  #longest = 0;
  /** Whether it may be waiting for others. */
  #isBetween = true;
  #isFinished = false;

  /** @param since when the peer was started, in milliseconds since the epoch. */
  constructor(since: number) {
    this.#time = since;
  }

  /** Takes an event of the peer. */
  note(event: PeerEvent): void {
    const { type, time } = event;
    this.#isFinished ||= type === "finished";
    if (type !== "progress" && type !== "round" && type !== "dice") return; // exchanges may be others' work
    if (!this.#isBetween) this.#longest = Math.max(this.#longest, time - this.#time);
    this.#time = time;
    if (type === "progress") this.#isBetween = event.step >= event.steps;
    if (type === "round") this.#isBetween = event.round >= event.rounds;
  }

  /** Seconds for which the peer has given no sign of work although it should have; 0 where all is well. */
  stuckFor(now: number): number {
    const silence = now - this.#time;
    const allowed = this.#isBetween ? BETWEEN : Math.max(LEAST, TIMES * this.#longest);
    return this.#isFinished || silence <= allowed ? 0 : Math.round(silence / 1000);
  }
}
