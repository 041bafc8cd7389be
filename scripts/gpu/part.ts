/**
 * What a part of the check is, and what it writes down.
 *
 * @module
 */
import type { ActivationKind, AdapterKind } from "../../src/engine/engine.ts";

/** The parts, what is worth most first. */
export const partNames = ["adapter", "contract", "bench", "roofline", "train"] as const;

/** A part by name. */
export type PartName = typeof partNames[number];

/** What came of one thing that was looked at. */
export type State = "passed" | "failed" | "skipped";

/** One line of the results: written as soon as it is known. */
export interface Entry {
  readonly part: PartName;
  /** What was looked at; the part's own name stands for the whole part. */
  readonly item: string;
  readonly state: State;
  /** In words: what was found, or what is wrong and what helps. */
  readonly says: string;
  /** Where there are figures: the names of the columns, and the rows. */
  readonly columns?: readonly string[];
  readonly rows?: readonly (readonly (string | number | null)[])[];
}

/** An entry as a part gives it. */
export type Finding = Omit<Entry, "part">;

/** What the check was told. */
export interface GpuCheckOptions {
  readonly parts: readonly PartName[];
  /** The folder of all that is written. */
  readonly out: string;
  readonly adapter: AdapterKind;
  /** The Python in which PyTorch is looked for. */
  readonly python: string;
  /** The data set that is trained on; none: nothing is trained. */
  readonly dataset: string | undefined;
  /** What training may take; none: the whole protocol. */
  readonly minutes: number | undefined;
  /** How training stores what layers give. */
  readonly activations: ActivationKind;
  /** Seconds after which a process that says nothing is ended. */
  readonly silence: number;
  /** Rounds of turns. */
  readonly repeats: number;
  /** Sizes of a rehearsal. */
  readonly small: boolean;
}

/** What a part works with. */
export interface Context {
  readonly options: GpuCheckOptions;
  /** Aborted when the command is interrupted. */
  readonly signal: AbortSignal;
  /** What an earlier run of the command came to there, if it passed. */
  passed(item: string): Entry | undefined;
  /** Writes a finding down; it is on the disk once this resolves. */
  add(finding: Finding): Promise<void>;
  /** What the engine calls the card, such as "NVIDIA H200, float32". @throws {UserError} if there is none. */
  card(): Promise<string>;
}

/** One part. */
export interface Part {
  readonly name: PartName;
  /** The heading of its results. */
  readonly title: string;
  /** What its figures mean. */
  readonly note: string;
  run(context: Context): Promise<void>;
}
