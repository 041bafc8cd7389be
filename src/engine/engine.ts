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
import { selfTest } from "./_self_check.ts";
import { cpuEngine } from "./engines/cpu.ts";
import type {
  ActivationKind,
  AdapterKind,
  Engine,
  EngineInfo,
  EngineName,
  EngineStartOptions,
} from "./engines/engine.ts";
import { onednnEngine } from "./engines/onednn.ts";
import { tensorflowEngine } from "./engines/tensorflow.ts";
import { wasmEngine } from "./engines/wasm.ts";
import { webgpuEngine } from "./engines/webgpu.ts";
import { measureSpeed } from "./_speed.ts";

export * from "./engines/engine.ts";

/** Every engine, the most capable first, the reference last. */
export const engines: readonly Engine[] = Object.freeze([
  tensorflowEngine,
  webgpuEngine,
  onednnEngine,
  wasmEngine,
  cpuEngine,
]);

/** Options of {@linkcode startEngine}. */
export interface StartEngineOptions {
  /** A name, or "auto" for the fastest that works here, by a measurement at the start. @default "auto" */
  engine?: "auto" | EngineName;
  /** Threads that may compute; what an engine really uses is in the result. @default the machine's cores */
  threads?: number;
  /** The kind of graphics adapter that may be taken. @default "hardware" */
  adapter?: AdapterKind;
  /**
   * How the engine `webgpu` stores what layers give: 16 bits are half the memory and half the bytes, all is computed in
   * float32. Other engines store float32. @default "float32"
   */
  activations?: ActivationKind;
  /**
   * Told of each engine that "auto" passed over because it is broken, or, if none but the last works, of all, and
   * of an engine that does otherwise than it was asked. @default
   * console.warn
   */
  warn?: (message: string) => void;
  /** The registry to choose from; "auto" takes the last only where no other works. @default engines */
  among?: readonly Engine[];
}

/**
 * Starts an engine, lets it prove itself on a small training step, and makes it tfjs's backend. May be called again,
 * also with another choice.
 *
 * @throws {UserError} if the engine is unknown or does not work on this machine.
 */
export async function startEngine(options: StartEngineOptions = {}): Promise<EngineInfo> {
  const { engine: wanted = "auto", threads = navigator.hardwareConcurrency, adapter = "hardware", activations } =
    options;
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
  const settings = { threads, adapter, named: wanted !== "auto", activations, warn };
  if (candidates.length === 1) return await prove(candidates[0], settings);
  return await chooseFastest(candidates, settings, warn);
}

/** Starts `engine`, tests it and measures it. */
async function prove(engine: Engine, settings: EngineStartOptions): Promise<EngineInfo> {
  try {
    const started = await engine.start(settings);
    await selfTest();
    const gflops = await measureSpeed(`${engine.name} ${started.detail} ${started.threads}`);
    return Object.freeze({ name: engine.name, ...started, gflops });
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    throw new UserError(`starting the engine: ${messageOf(cause)}`, { where: "engine", value: engine.name, cause });
  }
}

/** The fastest that works; the slow last one is tried only where no other does, and then it is told why. */
async function chooseFastest(
  candidates: readonly Engine[],
  settings: EngineStartOptions,
  warn: (message: string) => void,
): Promise<EngineInfo> {
  const [last, ...better] = candidates.toReversed();
  const lacking: string[] = [];
  const working: { engine: Engine; info: EngineInfo }[] = [];
  for (const engine of better.reverse()) {
    try {
      working.push({ engine, info: await prove(engine, settings) });
    } catch (error) {
      const message = `engine ${engine.name} does not work here: ${messageOf(error)}`;
      // what this machine merely lacks is the doctor's to tell; what is broken has a cause
      if (error instanceof UserError && error.cause === undefined) lacking.push(message);
      else warn(message);
    }
  }
  if (working.length === 0) {
    lacking.forEach(warn);
    return await prove(last, settings);
  }
  const fastest = working.reduce((best, one) => one.info.gflops > best.info.gflops ? one : best);
  return fastest === working.at(-1) ? fastest.info : await prove(fastest.engine, settings);
}
