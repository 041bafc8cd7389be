/**
 * How the steps of a plan are taken: over two-way links `two_way/steps.ts`, over one-way ones `one_way/steps.ts`.
 *
 * @module
 */
import type { Rng } from "../../core/rng.ts";
import type { FrameChannel } from "../protocols/channel.ts";
import type { MatrixPart } from "./compression/compressor.ts";
import type { Side } from "./side.ts";
import type { Snapshot, StateOptions } from "./state.ts";
import type { PlannedPartners } from "./topologies/topologies.ts";

/** An exchange that took place; `bytes` counts both directions. */
export interface Exchanged {
  /** Its peer id. */
  partner: string;
  /** Of frames, headers included. */
  bytes: number;
  /** From the wish to the end. */
  milliseconds: number;
}

/** What came of the wish for an exchange. */
export type ExchangeResult = Exchanged | { skipped: string };

/** Which step is due. */
export interface StepOptions {
  /**
   * Its number, from 0 and counted over the whole run: (round − 1)·(steps a round) + k. The plan depends on it.
   */
  step: number;
  /** How many steps the run will have; some rules grow stricter towards its end. */
  steps: number;
  /** The first step that is of another training, with another vector. @default steps */
  end?: number;
  /** Whether a member has done a step already and comes to it no more: no sum waits for it. @default nobody has */
  hasPassed?: (peer: string, step: number) => boolean;
  /** Ends it: it throws the signal's reason. */
  signal?: AbortSignal;
}

/** A step and this peer's part of its plan. */
export interface PlannedStep extends StepOptions {
  plan: PlannedPartners;
  signal: AbortSignal;
}

/** What came of a step. */
export interface StepResult {
  /** Peer ids of those whose vectors were averaged with this peer's, each once. */
  partners: string[];
  /** Why the last one that was asked is not among them. */
  skipped?: string;
}

/** How a peer reaches the others, and tells what happens. */
export interface Reach {
  readonly rng: Rng;
  /** The members that are connected. */
  present(): string[];
  /** Whether `peer` has said that it leaves, and has not come back since. */
  isLeaving(peer: string): boolean;
  /** Opens a stream to `peer` for `work`. */
  use<T>(peer: string, work: (channel: FrameChannel) => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** The same, for `work` that keeps to limits of its own. */
  open<T>(peer: string, work: (channel: FrameChannel) => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** An exchange that this peer began took place. */
  exchanged(exchange: Exchanged): void;
  /** `peer` did something wrong, or nothing in time. */
  blame(peer: string, error: unknown): void;
  /** Something to know. */
  warn(message: string, peer?: string): void;
}

/** Takes steps with a side of its own. */
export interface Steps {
  readonly side: Side;
  /** @throws {RangeError | UserError} if the vector cannot be averaged like this. */
  initialise(vector: Float32Array, options: StateOptions & { matrices: readonly MatrixPart[] }): void;
  /** Averages with one of those present that are not in `exclude`, whatever the plan. */
  exchange(exclude: ReadonlySet<string>, signal: AbortSignal): Promise<ExchangeResult>;
  /** Averages as planned, or with others where the planned ones are away. */
  step(planned: PlannedStep): Promise<StepResult>;
  /** What to go on from, once, where this peer has learnt that its weights are far from all others'. @default it never does */
  takeOthers?(): Snapshot | undefined;
}
