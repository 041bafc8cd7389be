/**
 * Takes turns: A B A B …, so that whatever else the machine does, and however warm it gets, falls on all alike.
 *
 * @module
 */

import { messageOf } from "../../src/core/errors.ts";
import type { RunAnswer } from "./measured_process.ts";
import { median } from "../../src/core/statistics.ts";

/** Who is timed. */
export interface Contestant {
  readonly name: string;
  /** Runs the case for about as long, and once at least. */
  run(seconds: number): Promise<RunAnswer>;
}

/** What one contestant took. */
export interface Turns {
  /** Of each round, the median milliseconds of its runs; of the same rounds for every contestant. */
  readonly milliseconds: readonly number[];
  /** The memory after the first round, when everything has been made, and after the last. */
  readonly memory: readonly [RunAnswer, RunAnswer];
}

/** Options of {@linkcode takeTurns}. */
export interface TakeTurnsOptions {
  /** Rounds at most. */
  rounds: number;
  /** How long a turn lasts, unless one run takes longer. @default 0.2 */
  seconds?: number;
  /** After this many seconds no round begins, once there are {@linkcode FEWEST_ROUNDS}. @default 45 */
  budget?: number;
  /** Told of a contestant that failed and was left out. */
  onFailure: (name: string, reason: string) => void;
  /** The clock, in seconds. @default performance.now() / 1000 */
  now?: () => number;
}

/** Rounds that a median needs. */
export const FEWEST_ROUNDS = 3;

/** Threads of the contestant before may spin on for some milliseconds after their work; they are not to be timed. */
const REST_MILLISECONDS = 20;

/**
 * One turn each that is not counted, then rounds of one turn each.
 *
 * @returns by name; a contestant that failed is absent.
 */
export async function takeTurns(
  contestants: readonly Contestant[],
  options: TakeTurnsOptions,
): Promise<Map<string, Turns>> {
  const { rounds, seconds = 0.2, budget = 45, onFailure, now = () => performance.now() / 1000 } = options;
  let left = [...contestants];
  const answers = new Map<string, RunAnswer[]>(left.map(({ name }) => [name, []]));
  const takeRound = async () => {
    for (const { name, run } of left) {
      try {
        answers.get(name)!.push(await run(seconds));
      } catch (error) {
        onFailure(name, messageOf(error));
        left = left.filter((other) => other.name !== name);
      }
      await new Promise((resolve) => setTimeout(resolve, REST_MILLISECONDS));
    }
  };
  await takeRound();
  const start = now();
  for (let round = 1; round <= rounds && left.length > 0; round++) {
    if (round > FEWEST_ROUNDS && now() - start > budget) break;
    await takeRound();
  }
  return new Map(left.map(({ name }) => {
    const counted = answers.get(name)!.slice(1);
    const milliseconds = counted.map((answer) => median(answer.milliseconds));
    return [name, { milliseconds, memory: [counted[0], counted.at(-1)!] }];
  }));
}
