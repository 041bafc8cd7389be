/** What a relay allows of a connection, as the mesh's protocols see it. */
import type { Connection } from "@libp2p/interface";
import type { Line } from "../protocols/line.ts";

/** The line of `connection`, to be measured once when it is opened; `undefined` where nothing limits its bytes. */
class LimitedLine implements Line {
  readonly allowance: number;
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.allowance = Math.max(1, this.left);
  }

  get left(): number {
    return Number(this.#connection.limits?.bytes ?? 0n);
  }
}

const lines = new WeakMap<Connection, Line>();

/** The same one whenever it is asked for; `undefined` where no relay limits the bytes. */
export function lineOf(connection: Connection): Line | undefined {
  if (connection.limits?.bytes === undefined) return undefined;
  const line = lines.get(connection) ?? new LimitedLine(connection);
  lines.set(connection, line);
  return line;
}

/** Seconds before its end at which another connection is to take the place of one whose time a relay limits. */
const ENDING_SECONDS = 20;

/** A connection that may last longer than this, in seconds, is one whose js-libp2p relay tells milliseconds. */
const LONGEST_SECONDS = 86_400;

/** Seconds that connections had when they were looked at first. */
const given = new WeakMap<Connection, number>();

/** Seconds until a relay cuts `connection`; `undefined` where it does not. */
export function secondsLeft(connection: Connection): number | undefined {
  const told = connection.limits?.seconds;
  if (told === undefined) return undefined;
  const first = given.get(connection) ?? told;
  given.set(connection, first);
  return first > LONGEST_SECONDS ? Math.round(first / 1000) - (first - told) : told;
}

/** Whether `connection` will soon be cut by the relay that carries it. */
export function isEnding(connection: Connection): boolean {
  const line = lineOf(connection);
  const seconds = secondsLeft(connection) ?? Infinity;
  return seconds < ENDING_SECONDS || (line !== undefined && line.left < line.allowance / 4);
}
