/**
 * A world in which time is a number: whatever is to happen waits in one queue, and the clock jumps from one event to the
 * next. Events of the same moment come in an order that the seed draws, and the same seed gives the same run.
 *
 * What Deno does on other threads (WebCrypto) takes real time: its results are held back and handed over one at a time,
 * in the order in which they were asked for.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { createHash } from "node:crypto";
import { own } from "../../../src/core/bytes.ts";
import { Rng } from "../../../src/core/rng.ts";
import { enterWorld, type Timer, type World } from "../../../src/core/world.ts";
import { Listeners } from "./_listeners.ts";

/** When the world begins, in milliseconds since the epoch. */
const BEGINNING = Date.UTC(2026, 0, 1);

/** One process of one machine: when it is killed, nothing of it happens any more. */
export class Process {
  isAlive = true;
  /** When it goes on, in milliseconds of the world: it is stopped (SIGSTOP) until then. */
  stoppedUntil = 0;
  /** For how many milliseconds it has been stopped so far, or will have been once it goes on. */
  stopped = 0;
  readonly rng: Rng;
  /** Milliseconds by which its clock is wrong. */
  readonly clockError: number;

  constructor(readonly name: string, { rng, clockError = 0 }: { rng: Rng; clockError?: number }) {
    this.rng = rng;
    this.clockError = clockError;
  }

  /** Stops it until then, or leaves it stopped for longer. @param now in milliseconds of the world */
  stop(now: number, until: number): void {
    const from = Math.max(now, this.stoppedUntil);
    this.stopped += Math.max(0, until - from);
    this.stoppedUntil = Math.max(until, this.stoppedUntil);
  }
}

interface Event {
  at: number;
  /** Orders what happens at the same moment. */
  turn: number;
  process: Process | undefined;
  /** Whether the process waits for it, in place of its being sent by another. */
  isTimer: boolean;
  act: (() => void) | undefined;
}

/** Ends a run that would go on for ever. */
export class EndlessError extends Error {
  override name = "EndlessError";
}

/** Nothing more can happen, and what was waited for has not. */
export class StuckError extends Error {
  override name = "StuckError";
}

/** Time, chance and everything that is to happen. */
export class VirtualWorld implements World {
  readonly #rng: Rng;
  readonly #queue: Event[] = [];
  readonly #processes = new AsyncLocalStorage<Process | undefined>();
  readonly #listeners = new Listeners();
  readonly #natives: { done: Promise<unknown>; hand: () => void }[] = [];
  #time = 0;
  #events = 0;

  constructor(seed: number) {
    this.#rng = new Rng(seed).fork("world");
  }

  /** Milliseconds since its beginning. */
  get time(): number {
    return this.#time;
  }

  /** What has happened so far. */
  get events(): number {
    return this.#events;
  }

  now(): number {
    return Math.floor(BEGINNING + this.#time + (this.#processes.getStore()?.clockError ?? 0));
  }

  elapsed(): number {
    return this.#time;
  }

  after(milliseconds: number, act: () => void): Timer {
    return this.#plan(this.#time + Math.max(0, milliseconds), act, this.#processes.getStore(), true);
  }

  /** Lets `act` happen in `process` at `time`. */
  at(time: number, act: () => void, process?: Process): Timer {
    return this.#plan(time, act, process, false);
  }

  #plan(at: number, act: () => void, process: Process | undefined, isTimer: boolean): Timer {
    const event: Event = { at, turn: this.#rng.uniform(), process, isTimer, act };
    insert(this.#queue, event);
    return { cancel: () => void (event.act = undefined) };
  }

  randomBytes(count: number): Uint8Array<ArrayBuffer> {
    const rng = this.#processes.getStore()?.rng ?? this.#rng;
    return Uint8Array.from({ length: count }, () => rng.int(256));
  }

  randomUuid(): string {
    const hex = this.randomBytes(16).toHex();
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
  }

  /** Does `work` as `process`, and all that follows from it. */
  in<T>(process: Process | undefined, work: () => T): T {
    return this.#processes.run(process, work);
  }

  /** Lets happen what is to happen until `isOver`. @throws {StuckError | EndlessError} if that never comes. */
  async run(isOver: () => boolean, { longest }: { longest: number }): Promise<void> {
    const until = this.#time + longest;
    for (await this.#settled(); !isOver(); await this.#settled()) {
      const event = take(this.#queue);
      if (!event) throw new StuckError("nothing more happens");
      if (event.at > until) {
        insert(this.#queue, event);
        throw new EndlessError(`it is not over after ${longest} ms`);
      }
      this.#time = Math.max(this.#time, event.at);
      const { act, process } = event;
      if (!act || process?.isAlive === false) continue;
      if (process && process.stoppedUntil > this.#time) {
        event.at = process.stoppedUntil;
        insert(this.#queue, event);
        continue;
      }
      this.#events++;
      this.in(process, act);
    }
  }

  /** What `process` still waits for. */
  timers(process: Process): number {
    return this.#queue.filter((event) => event.process === process && event.isTimer && event.act).length;
  }

  /** How many listeners of `process` there are on each signal that is not aborted. */
  listeners(process: Process): number[] {
    return this.#listeners.of(process);
  }

  /** Nothing goes on but what waits for the clock. */
  async #settled(): Promise<void> {
    while (true) {
      await new Promise((resolve) => setImmediate(resolve));
      const native = this.#natives.shift();
      if (!native) return;
      await native.done;
      native.hand();
    }
  }

  /** Puts the program into this world, until it is disposed of. */
  enter(): Disposable {
    const world = enterWorld(this);
    const listeners = this.#listeners.enter(() => this.#processes.getStore());
    const names = Object.getOwnPropertyNames(SubtleCrypto.prototype).filter((name) => name !== "constructor");
    for (const name of names) {
      const real = Reflect.get(crypto.subtle, name).bind(crypto.subtle);
      const held = (...args: unknown[]) => this.#held(() => real(...args));
      const value = name === "digest" ? digestNow(real) : held;
      Object.defineProperty(crypto.subtle, name, { value, configurable: true });
    }
    return {
      [Symbol.dispose]: () => {
        world[Symbol.dispose]();
        listeners[Symbol.dispose]();
        for (const name of names) Reflect.deleteProperty(crypto.subtle, name);
      },
    };
  }

  #held(begin: () => Promise<unknown>): Promise<unknown> {
    const real = begin();
    const { promise, resolve } = Promise.withResolvers<unknown>();
    this.#natives.push({ done: real.then(() => {}, () => {}), hand: () => resolve(real) });
    return promise;
  }
}

/** SHA-256 at once; what is not SHA-256 is not asked for. */
function digestNow(real: typeof crypto.subtle.digest): typeof crypto.subtle.digest {
  return (algorithm, data) => {
    if (algorithm !== "SHA-256") return real(algorithm, data);
    const bytes = ArrayBuffer.isView(data)
      ? new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength)
      : new Uint8Array(data);
    return Promise.resolve(own(new Uint8Array(createHash("sha256").update(bytes).digest())).buffer);
  };
}

const isBefore = (a: Event, b: Event) => a.at < b.at || (a.at === b.at && a.turn < b.turn);

/** Into a binary heap, the earliest first. */
function insert(heap: Event[], event: Event): void {
  let i = heap.push(event) - 1;
  for (let parent = (i - 1) >> 1; i > 0 && isBefore(event, heap[parent]); parent = (i - 1) >> 1) {
    heap[i] = heap[parent];
    i = parent;
  }
  heap[i] = event;
}

/** The earliest. */
function take(heap: Event[]): Event | undefined {
  const first = heap[0], last = heap.pop();
  if (heap.length === 0 || !last) return first;
  let i = 0;
  while (true) {
    let child = 2 * i + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && isBefore(heap[child + 1], heap[child])) child++;
    if (!isBefore(heap[child], last)) break;
    heap[i] = heap[child];
    i = child;
  }
  heap[i] = last;
  return first;
}
