/**
 * What a peer's earlier lives have done, so that its report covers the whole run also after a restart.
 *
 * @module
 */
import { join } from "@std/path";
import { messageOf } from "../core/errors.ts";
import { writeAtomically } from "../core/files.ts";
import type { Method } from "./events.ts";
import { historyFromJson } from "./report/json.ts";
import type { FineTuneRound, MemberReport, SiteReport, SiteRound } from "./report/schema.ts";

/** A round of pre-training, or of the fine-tuning of `method`. */
export interface RoundName {
  round: number;
  method?: Method;
}

/** Everything in the report that would otherwise begin anew. */
export interface History {
  rounds: SiteRound[];
  fineTuneRounds: FineTuneRound[];
  seconds: number;
  bytes: SiteReport["bytes"];
  /** The others, as they were last seen. */
  members: MemberReport[];
  /** When the first life began, ISO 8601; absent in histories that are older than the others. */
  startedAt?: string;
  /** The last round, where it was written down and not told of yet: a kill may have come between. */
  untold?: RoundName;
}

const path = (stateDirectory: string) => join(stateDirectory, "history.json");

const NOTHING: Readonly<History> = {
  rounds: [],
  fineTuneRounds: [],
  seconds: 0,
  bytes: {
    weights: { sent: 0, received: 0 },
    embeddings: { sent: 0, received: 0 },
    control: { sent: 0, received: 0 },
  },
  members: [],
};

/**
 * The history up to `round`, the last one that has a checkpoint; empty for a fresh start. It is for people only, so a
 * file that cannot be read costs the history and nothing else: `warn` is told.
 */
export async function readHistory(
  stateDirectory: string,
  round: number,
  warn: (message: string) => void,
): Promise<History> {
  if (round === 0) return structuredClone(NOTHING);
  try {
    const file = path(stateDirectory);
    const { rounds, ...rest } = historyFromJson(await Deno.readTextFile(file), file);
    return { rounds: rounds.filter((line) => line.round <= round), ...rest };
  } catch (error) {
    warn(`the report begins at round ${round + 1}: ${path(stateDirectory)} cannot be read (${messageOf(error)})`);
    return structuredClone(NOTHING);
  }
}

/** Replaces the history on disk. */
export async function writeHistory(stateDirectory: string, history: History): Promise<void> {
  await writeAtomically(path(stateDirectory), JSON.stringify(history) + "\n");
}

/** Without the rounds of fine-tuning that are done again, after `done`: those have no checkpoint. */
export function withoutRepeated({ fineTuneRounds, ...rest }: History, method: Method, done: number): History {
  return { ...rest, fineTuneRounds: fineTuneRounds.filter((line) => line.method !== method || line.round <= done) };
}

/** The line of the round of a training that an earlier life has done and not told of, if there is one. */
export function untoldRound({ untold, ...lines }: History, method?: Method): SiteRound | FineTuneRound | undefined {
  if (!untold || untold.method !== method) return undefined;
  const own: (SiteRound | FineTuneRound)[] = method === undefined
    ? lines.rounds
    : lines.fineTuneRounds.filter((line) => line.method === method);
  return own.find(({ round }) => round === untold.round);
}

/** Where rounds are written down, of this life or earlier ones. */
type Lines = Pick<History, "rounds" | "fineTuneRounds">;

/** The lines of a training: of pre-training, or of the fine-tuning of `method`. */
function linesOf({ rounds, fineTuneRounds }: Lines, method?: Method): Pick<SiteRound, "round" | "partners">[] {
  return method === undefined ? rounds : fineTuneRounds.filter((line) => line.method === method);
}

/** Who was averaged with in a round of a training. */
export function partnersOf(all: readonly Lines[], round: number, method?: Method): string[] {
  const lines = all.flatMap((one) => linesOf(one, method)).filter((line) => line.round === round);
  return [...new Set(lines.flatMap(({ partners }) => partners))];
}

/**
 * Takes the rounds of a training after `round` out of all that is written down, since it goes back behind them.
 *
 * @returns who was averaged with in them, each once.
 */
export function undoRounds(all: readonly Lines[], round: number, method?: Method): string[] {
  const undone = new Set(all.flatMap((one) => linesOf(one, method)).filter((line) => line.round > round));
  const left = <Line extends SiteRound | FineTuneRound>(lines: Line[]) =>
    lines.splice(0, lines.length, ...lines.filter((line) => !undone.has(line)));
  for (const { rounds, fineTuneRounds } of all) {
    left(rounds);
    left(fineTuneRounds);
  }
  return [...new Set([...undone].flatMap(({ partners }) => partners))];
}

/** `earlier` and what this life has added; `now.members` builds on the earlier ones itself. */
export function continueHistory(earlier: History, now: History): History {
  const add = (kind: keyof History["bytes"]) => ({
    sent: earlier.bytes[kind].sent + now.bytes[kind].sent,
    received: earlier.bytes[kind].received + now.bytes[kind].received,
  });
  return {
    rounds: [...earlier.rounds, ...now.rounds],
    fineTuneRounds: [...earlier.fineTuneRounds, ...now.fineTuneRounds],
    seconds: earlier.seconds + now.seconds,
    bytes: { weights: add("weights"), embeddings: add("embeddings"), control: add("control") },
    members: now.members,
    // a life that went on from a history without it does not know
    ...((earlier.rounds.length === 0 ? now : earlier).startedAt && {
      startedAt: earlier.startedAt ?? now.startedAt,
    }),
  };
}
