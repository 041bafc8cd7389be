/**
 * The flags by which a command is told what to compute with.
 *
 * @module
 */
import { type AdapterKind, adapterKinds, type EngineName, engineNames } from "../engine/engines/engine.ts";
import { type Flags, UsageError } from "./command.ts";

/** Their names, for {@linkcode parseFlags}. */
export const ENGINE_FLAGS = ["engine", "threads", "adapter"] as const;

/** Their lines for --help. */
export const ENGINE_HELP = [
  `  --engine NAME       auto, ${engineNames.join(", ")} (auto: the best that works here)`,
  "  --threads N         processor threads that may compute (as many as there are cores)",
  "  --adapter KIND      graphics adapters that may be taken: hardware, or software, for tests (hardware)",
] as const;

/** What was given. */
export interface EngineFlags {
  engine?: "auto" | EngineName;
  threads?: number;
  adapter?: AdapterKind;
}

/**
 * The flags that were given, checked; those that were not are absent.
 *
 * @param usage the command's, for errors
 * @throws {UsageError} naming the flag, the rule and the value.
 */
export function readEngineFlags({ flags }: Flags, usage: string): EngineFlags {
  const { engine, threads, adapter } = flags;
  const given: EngineFlags = {};
  if (engine !== undefined) given.engine = oneOf("engine", engine, ["auto", ...engineNames] as const, usage);
  if (adapter !== undefined) given.adapter = oneOf("adapter", adapter, adapterKinds, usage);
  if (threads !== undefined) {
    given.threads = Number(threads);
    if (!Number.isInteger(given.threads) || given.threads < 1 || given.threads > 256) {
      throw new UsageError(`the flag --threads must be an integer from 1 to 256, got ${threads}; usage: ${usage}`);
    }
  }
  return given;
}

function oneOf<T extends string>(name: string, value: unknown, options: readonly T[], usage: string): T {
  const found = options.find((option) => option === value);
  if (found === undefined) {
    throw new UsageError(`the flag --${name} must be one of ${options.join(", ")}, got ${value}; usage: ${usage}`);
  }
  return found;
}
