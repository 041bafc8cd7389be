/**
 * What {@linkcode Averaging} needs of a way of mixing: over two-way links (`two_way.ts`) or one-way ones
 * (`one_way.ts`).
 *
 * @module
 */
import type { Rng } from "../../core/rng.ts";
import type { FrameChannel } from "../protocols/channel.ts";
import type { PlannedPartners } from "./topologies/topologies.ts";
import type { MatrixPart } from "./compression/compressor.ts";
import type { Mixer } from "./server.ts";
import type { AveragingStateOptions } from "./state.ts";

/** An exchange that took place; `bytes` counts both directions. */
export interface Exchanged {
  partner: string;
  bytes: number;
  milliseconds: number;
}

/** How a peer reaches the others, and tells what happens. */
export interface Reach {
  readonly rng: Rng;
  /** The members that are connected. */
  present(): string[];
  /** Opens a stream to `peer` for `work`. */
  use<T>(peer: string, work: (channel: FrameChannel) => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** An exchange that this peer began took place. */
  exchanged(exchange: Exchanged): void;
  /** `peer` did something wrong, or nothing in time. */
  blame(peer: string, error: unknown): void;
  /** Something to know. */
  warn(message: string, peer?: string): void;
}

/** One step of averaging. */
export interface MixStep {
  step: number;
  /** How many there will be. */
  steps: number;
  plan: PlannedPartners;
  signal: AbortSignal;
}

/** What came of a step. */
export interface Mixed {
  /** Peer ids of those whose vectors went into the mix, each once. */
  partners: string[];
  /** Why the last one that was asked is not among them. */
  failure?: string;
}

/** A way of mixing. */
export interface Way extends Mixer {
  /** @throws {RangeError | UserError} if the vector cannot be averaged like this. */
  initialise(vector: Float32Array, options: AveragingStateOptions & { matrices: readonly MatrixPart[] }): void;
  /** Mixes with one of those present that are not in `exclude`. */
  exchange(exclude: ReadonlySet<string>, signal: AbortSignal): Promise<Exchanged | { skipped: string }>;
  /** Mixes as planned, or with others where the planned ones are away. */
  mix(step: MixStep): Promise<Mixed>;
}
