/**
 * Which engine computes: the registry of engines and the choice among them.
 *
 * @example
 * ```ts
 * import { startEngine } from "./engine.ts";
 *
 * const { name, threads, detail, gflops } = await startEngine({ engine: "auto" });
 * console.log(`engine: ${name} (${detail}), ${threads} thread(s), ${gflops.toFixed(0)} GFLOP/s`);
 * ```
 *
 * @module
 */

import * as tf from "@tensorflow/tfjs";
import { messageOf, UserError } from "../core/errors.ts";
import { selfTest } from "./_self_test.ts";
import { cpuEngine } from "./engines/cpu.ts";
import type { AdapterKind, Engine, EngineInfo, EngineName } from "./engines/engine.ts";
import { onednnEngine } from "./engines/onednn.ts";
import { tensorflowEngine } from "./engines/tensorflow.ts";
import { wasmEngine } from "./engines/wasm.ts";
import { webgpuEngine } from "./engines/webgpu.ts";
import { measureSpeed } from "./_speed.ts";

export * from "./engines/engine.ts";

/** Every engine, best first. */
export const engines: readonly Engine[] = Object.freeze([
  tensorflowEngine,
  webgpuEngine,
  onednnEngine,
  wasmEngine,
  cpuEngine,
]);

/** Options of {@linkcode startEngine}. */
export interface StartEngineOptions {
  /** A name, or "auto" for the best one that works here. @default "auto" */
  engine?: "auto" | EngineName;
  /** Threads that may compute; what an engine really uses is in the result. @default the machine's cores */
  threads?: number;
  /** The kind of graphics adapter that may be taken. @default "hardware" */
  adapter?: AdapterKind;
  /** Told of each engine that "auto" passed over, and why. @default console.warn */
  warn?: (message: string) => void;
  /** The registry to choose from, best first. @default engines */
  among?: readonly Engine[];
}

/**
 * Starts an engine, lets it prove itself on a small training step, and makes it tfjs's backend. May be called again, also
 * with another choice.
 *
 * @throws {UserError} if the engine is unknown or does not work on this machine.
 */
export async function startEngine(options: StartEngineOptions = {}): Promise<EngineInfo> {
  const { engine: wanted = "auto", threads = navigator.hardwareConcurrency, adapter = "hardware" } = options;
  const { warn = console.warn, among = engines } = options;
  if (!Number.isInteger(threads) || threads < 1) {
    throw new UserError("starting the engine: threads must be a positive integer", {
      where: "threads",
      value: threads,
    });
  }
  const candidates = wanted === "auto" ? among : among.filter(({ name }) => name === wanted);
  if (candidates.length === 0) {
    const names = ["auto", ...among.map(({ name }) => name)].join(", ");
    throw new UserError(`starting the engine: it must be one of ${names}`, { where: "engine", value: wanted });
  }
  tf.env().set("PROD", true); // without it, tfjs compares the lengths of nested arrays one by one
  let failure: unknown;
  for (const engine of candidates) {
    try {
      const started = await engine.start({ threads, adapter, named: wanted !== "auto" });
      await selfTest();
      const gflops = await measureSpeed(`${engine.name} ${started.detail} ${started.threads}`);
      return Object.freeze({ name: engine.name, ...started, gflops });
    } catch (error) {
      failure = error;
      if (wanted === "auto") warn(`engine ${engine.name} does not work here: ${messageOf(error)}`);
    }
  }
  if (failure instanceof UserError) throw failure;
  throw new UserError(`starting the engine: ${messageOf(failure)}`, { where: "engine", value: wanted, cause: failure });
}
