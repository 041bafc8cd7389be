/**
 * Which engine computes: the registry of engines and the choice among them.
 *
 * @example
 * ```ts
 * import { startEngine } from "./engine.ts";
 *
 * const { name, threads, detail } = await startEngine({ engine: "auto" });
 * console.log(`engine: ${name} (${detail}), ${threads} thread(s)`);
 * ```
 *
 * @module
 */

import * as tf from "@tensorflow/tfjs";
import { messageOf, UserError } from "../core/errors.ts";
import { cpuEngine } from "./engines/cpu.ts";
import { wasmEngine } from "./engines/wasm.ts";

/** The engines by name. */
export type EngineName = "wasm" | "cpu";

/** What was started. */
export interface EngineInfo {
  readonly name: EngineName;
  /** Threads that compute. */
  readonly threads: number;
  /** What is particular, for people: "relaxed SIMD", "plain JavaScript". */
  readonly detail: string;
}

/** One way to compute: an entry of the registry. */
export interface Engine {
  readonly name: EngineName;
  /** Makes it tfjs's backend, or throws a {@linkcode UserError} that says what the machine lacks. */
  start(options: { threads: number }): Promise<Omit<EngineInfo, "name">>;
}

/** Every engine, best first. */
export const engines: readonly Engine[] = [wasmEngine, cpuEngine];

/** Options of {@linkcode startEngine}. */
export interface StartEngineOptions {
  /** A name, or "auto" for the best one that works here. @default "auto" */
  engine?: "auto" | EngineName;
  /** Threads that may compute. @default 1 */
  threads?: number;
  /** Told of each engine that "auto" passed over, and why. @default console.warn */
  warn?: (message: string) => void;
}

/**
 * Starts an engine and makes it tfjs's backend. May be called again, also with another choice.
 *
 * @throws {UserError} if the engine is unknown or does not work on this machine.
 */
export async function startEngine(options: StartEngineOptions = {}): Promise<EngineInfo> {
  const { engine: wanted = "auto", threads = 1, warn = console.warn } = options;
  if (!Number.isInteger(threads) || threads < 1) {
    throw new UserError("starting the engine: threads must be a positive integer", {
      where: "threads",
      value: threads,
    });
  }
  const candidates = wanted === "auto" ? engines : engines.filter(({ name }) => name === wanted);
  if (candidates.length === 0) {
    const names = ["auto", ...engines.map(({ name }) => name)].join(", ");
    throw new UserError(`starting the engine: it must be one of ${names}`, { where: "engine", value: wanted });
  }
  tf.env().set("PROD", true); // without it, tfjs checks a slow rule on every op
  let failure: unknown;
  for (const engine of candidates) {
    try {
      return Object.freeze({ name: engine.name, ...await engine.start({ threads }) });
    } catch (error) {
      failure = error;
      if (wanted === "auto") warn(`engine ${engine.name} does not work here: ${messageOf(error)}`);
    }
  }
  if (failure instanceof UserError) throw failure;
  throw new UserError(`starting the engine: ${messageOf(failure)}`, { where: "engine", value: wanted, cause: failure });
}
