/**
 * Which cells an evaluation has, and in which order they are run.
 *
 * @module
 */
import { type Cell, cellId, groupId, type Mode } from "../cell.ts";

/** The grid. */
export interface GridOptions {
  /** Objectives' names, or "scratch". */
  methods: readonly string[];
  /** How networks are fine-tuned. */
  modes: readonly Mode[];
  /** Labelled cases a site. */
  labelled: readonly number[];
  /** How many folds, from 0. */
  folds: number;
  /** Each is a repetition of the whole. */
  seeds: readonly number[];
  /** The method whose pre-training a method goes on from; null: none. @default itself, none for "scratch" */
  pretrainedAs?: (method: string) => string | null;
}

/** A cell and the pre-trained encoder that it begins with. */
export interface PlannedCell extends Cell {
  /** See `cellId`. */
  readonly id: string;
  /**
   * The pre-training that the cell begins with, as "fcl/fold0/seed11": cells of one method, fold and seed share it,
   * because pre-training sees no label and must not see the fold's test cases. Null for "scratch".
   */
  readonly pretraining: string | null;
}

/** The method without pre-training. */
export const SCRATCH = "scratch";

/**
 * Every cell once. All methods of a seed and fold come before the next fold, so that a run that is cut short compares
 * all methods on what it has; within these, cells that share a pre-training follow one another.
 *
 * @throws {RangeError} if a list is empty or names something twice, or a value is out of range.
 */
export function planCells(options: GridOptions): PlannedCell[] {
  const { methods, modes, labelled, folds, seeds } = options;
  const { pretrainedAs = (method: string) => method === SCRATCH ? null : method } = options;
  for (const [name, list] of Object.entries({ methods, modes, labelled, seeds })) {
    if (list.length === 0) throw new RangeError(`an evaluation must have at least one of ${name}`);
    if (new Set<string | number>(list).size < list.length) {
      throw new RangeError(`an evaluation must name each of ${name} once, got ${list.join(", ")}`);
    }
  }
  if (!(Number.isSafeInteger(folds) && folds >= 1)) throw new RangeError(`folds must be at least 1, got ${folds}`);
  return seeds.flatMap((seed) =>
    Array.from({ length: folds }, (_, fold) => fold).flatMap((fold) =>
      methods.flatMap((method) =>
        modes.flatMap((mode) =>
          labelled.map((count): PlannedCell => {
            const cell = { method, mode, labelled: count, fold, seed };
            const name = pretrainedAs(method);
            const pretraining = name === null ? null : groupId({ method: name, fold, seed });
            return Object.freeze({ ...cell, id: cellId(cell), pretraining });
          })
        )
      )
    )
  );
}
