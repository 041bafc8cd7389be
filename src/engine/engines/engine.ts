/**
 * What an engine is. One more is a file beside this one, its name below, and a line in the registry (`../engine.ts`).
 *
 * @module
 */

import { UserError } from "../../core/errors.ts";

/** The engines' names, best first. */
export const engineNames = ["tensorflow", "webgpu", "onednn", "wasm", "cpu"] as const;

/** The engines by name. */
export type EngineName = typeof engineNames[number];

/** Which graphics adapters an engine may take: a real one, or one that is emulated on the processor. */
export const adapterKinds = ["hardware", "software"] as const;

/** Which graphics adapters an engine may take. */
export type AdapterKind = typeof adapterKinds[number];

/** How what layers give is stored until gradients need it. */
export const activationKinds = ["float32", "float16"] as const;

/** How what layers give is stored until gradients need it. */
export type ActivationKind = typeof activationKinds[number];

/** What was started. */
export interface EngineInfo {
  /** Which engine. */
  readonly name: EngineName;
  /** Processor threads that compute. */
  readonly threads: number;
  /** What is particular, for people: "relaxed SIMD", "plain JavaScript", the name of the card. */
  readonly detail: string;
  /** Measured at the start: a convolution forward and backward, in GFLOP/s. */
  readonly gflops: number;
}

/** What an engine is started with. */
export interface EngineStartOptions {
  /** Processor threads that may compute. */
  readonly threads: number;
  /** The kind of graphics adapter that may be taken. */
  readonly adapter: AdapterKind;
  /** Whether the user named this engine; where "auto" finds it, one that is no gain on this machine declines. */
  readonly named: boolean;
  /**
   * How a graphics card stores what layers give; all is computed in float32. Where 16 bits are asked for and the engine
   * or the card has none, it is told, and 32 are taken. @default "float32"
   */
  readonly activations?: ActivationKind;
  /** Told of what the engine does otherwise than it was asked. @default nobody */
  readonly warn?: (message: string) => void;
}

/** One way to compute: an entry of the registry. */
export interface Engine {
  /** By which it is chosen and reported. */
  readonly name: EngineName;
  /**
   * Makes it tfjs's backend. May be called again, also after another engine.
   *
   * @throws {UserError} saying what the machine lacks, and what to install.
   */
  start(settings: EngineStartOptions): Promise<Pick<EngineInfo, "threads" | "detail">>;
}

/**
 * The device on which an engine computes has gone, and every tensor on it: go on from a checkpoint, on another engine.
 */
export class DeviceLostError extends UserError {
  /** What tells it from other errors where classes do not reach, as between a Worker and its maker. */
  override name = "DeviceLostError";
}
