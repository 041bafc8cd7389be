/**
 * What a program is given from outside and a test may want to decide: the time, waking up later, and chance.
 *
 * The mesh takes them from here only, so that a test can put whole meshes into a world of its own, in which hours take
 * no time and the same seed gives the same run.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { enterWorld, realWorld, world } from "./world.ts";
 *
 * {
 *   using _stopped = enterWorld({ ...realWorld, now: () => 7 });
 *   assertEquals(world.now(), 7);
 * }
 * assertEquals(world.now() > 7, true);
 * ```
 *
 * @module
 */
import type { Bytes } from "./bytes.ts";

/** Something that will happen, unless it is cancelled before. */
export interface Timer {
  /** It will not happen; nothing where it has. */
  cancel(): void;
}

/** Time and chance. */
export interface World {
  /** What the clock says, in milliseconds since the epoch; it may be wrong, and be set back. */
  now(): number;
  /** Milliseconds from any beginning that only goes forward. */
  elapsed(): number;
  /** Calls `act` after `milliseconds`. */
  after(milliseconds: number, act: () => void): Timer;
  /** So many bytes that nobody can foresee. */
  randomBytes(count: number): Bytes;
  /** An RFC 9562 UUID of version 4. */
  randomUuid(): string;
}

/** That of this machine. */
export const realWorld: World = Object.freeze({
  now: () => Date.now(),
  elapsed: () => performance.now(),
  after(milliseconds: number, act: () => void): Timer {
    const timer = setTimeout(act, milliseconds);
    return { cancel: () => clearTimeout(timer) };
  },
  randomBytes: (count: number) => crypto.getRandomValues(new Uint8Array(count)),
  randomUuid: () => crypto.randomUUID(),
});

let present = realWorld;

/** The one that this program is in. */
export const world: World = Object.freeze({
  now: () => present.now(),
  elapsed: () => present.elapsed(),
  after: (milliseconds: number, act: () => void) => present.after(milliseconds, act),
  randomBytes: (count: number) => present.randomBytes(count),
  randomUuid: () => present.randomUuid(),
});

/** Puts the program into `other`, until what is returned is disposed of; for tests. */
export function enterWorld(other: World): Disposable {
  const before = present;
  present = other;
  return { [Symbol.dispose]: () => void (present = before) };
}
