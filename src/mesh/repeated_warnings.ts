/**
 * Warnings about members, each kind once a round: a member that asks ten times a second would otherwise be told of as
 * often, and nobody would read anything else.
 *
 * What differs from a warning of the same round in its figures only is counted, and the number is told when the round
 * ends. A member has some say in the words, too: of each thing that was done with it only so many are told.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { RepeatedWarnings } from "./repeated_warnings.ts";
 *
 * const told: string[] = [];
 * const warnings = new RepeatedWarnings(({ message }) => told.push(message));
 * for (const norm of [8, 9, 10]) warnings.tell({ type: "warning", peer: "a", message: `averaging: its norm is ${norm}` });
 * warnings.endRound();
 * assertEquals(told, ["averaging: its norm is 8", "2 times more in this round: averaging: its norm is 8"]);
 * ```
 *
 * @module
 */
import type { Warning } from "./protocols/peers.ts";

/** Kinds of warnings of one thing done with one member that are told in a round. */
const MOST_KINDS = 8;

interface Kind {
  /** The first of them. */
  readonly message: string;
  readonly peer: string;
  /** How many came after it. */
  more: number;
}

/** Passes warnings on. */
export class RepeatedWarnings {
  readonly #emit: (warning: Warning) => void;
  #kinds = new Map<string, Kind>();
  /** How many kinds there are, by member and what was done with it. */
  #counts = new Map<string, number>();

  /** @param emit is told of what is to be known. */
  constructor(emit: (warning: Warning) => void) {
    this.#emit = emit;
  }

  /** Somebody is to know `warning`, unless one of its kind was told in this round. */
  tell(warning: Warning): void {
    const { message, peer } = warning;
    if (peer === undefined) return this.#emit(warning);
    const group = `${peer} ${doingOf(message)}`;
    const key = `${group} ${message.replaceAll(/\d+(\.\d+)?(e[+-]?\d+)?/g, "0")}`;
    const known = this.#kinds.get(key);
    if (known) return void known.more++;
    const count = (this.#counts.get(group) ?? 0) + 1;
    if (count > MOST_KINDS) return void this.#rest(group, peer, message).more++;
    this.#counts.set(group, count);
    this.#kinds.set(key, { message, peer, more: 0 });
    this.#emit(warning);
  }

  /** Tells how often what was told came again. */
  endRound(): void {
    const kinds = this.#kinds;
    [this.#kinds, this.#counts] = [new Map(), new Map()];
    for (const { message, peer, more } of kinds.values()) {
      if (more === 0) continue;
      const times = more === 1 ? "once" : `${more} times`;
      this.#emit({ type: "warning", peer, message: `${times} more in this round: ${message}` });
    }
  }

  #rest(group: string, peer: string, message: string): Kind {
    const rest = this.#kinds.get(group) ?? { peer, message: `${doingOf(message)}: other warnings`, more: 0 };
    this.#kinds.set(group, rest);
    return rest;
  }
}

/** What was done with the member: the words before the first colon. */
function doingOf(message: string): string {
  return message.split(":", 1)[0];
}
