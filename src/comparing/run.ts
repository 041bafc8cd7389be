/**
 * What runs of every kind are brought to before they are compared.
 *
 * @module
 */
import type { ScoreField } from "../scoring/row.ts";
import type { Score } from "../segmentation/metrics/score.ts";

/** One class of one case; figures that a run did not measure are absent. */
export interface ComparedRow {
  /** The case's id, the same in every run that tested it. */
  readonly case: string;
  /** The label's name. */
  readonly class: string;
  /** Infinity and null as `ScoreRow` has them. */
  readonly scores: Readonly<Partial<Record<ScoreField, Score>>>;
}

/** How something went on while a network was trained. */
export interface Curve {
  /** What the figures are: curves of one title are drawn into one chart. */
  readonly title: string;
  /** What x counts: "round". */
  readonly xLabel: string;
  /** Ascending in x. */
  readonly points: readonly (readonly [x: number, y: number | null])[];
}

/** A mean that a run tells without its cases. */
export interface ToldMeans {
  /** Test cases. */
  readonly cases: number;
  /** Mean Dice over the classes; null where it is not defined. */
  readonly dice: number | null;
  /** Likewise of each class, by name. */
  readonly classes: Readonly<Record<string, number | null>>;
}

/** One side of a comparison: one method of one run. */
export interface Compared {
  /** The run's path, and the method where it has several. */
  readonly name: string;
  /** Every class of every test case; empty where the run tells means only. */
  readonly rows: readonly ComparedRow[];
  /** Of a model, which keeps no figures of single cases. */
  readonly told?: ToldMeans;
  /** How it was trained; none where nobody tells. */
  readonly curves: readonly Curve[];
}
