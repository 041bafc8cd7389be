/**
 * The scores of a folder of predictions against one of references.
 *
 * @module
 */
import { UserError } from "../core/errors.ts";
import type { Metric } from "../segmentation/metrics/metric.ts";
import { type Fault, matchCases } from "./match.ts";
import { namesApart, namesBeside, namesOfValues, type Naming, parseNames } from "./naming.ts";
import type { ScoreField, ScoreRow } from "./row.ts";
import { scoreCase, scoreMetrics } from "./score_case.ts";
import { findSegmentations, type Segmentations } from "./segmentations.ts";

/** Options of {@linkcode scoreFolders}. */
export interface ScoreFoldersOptions {
  /** A folder of label maps, or a dataset with `labelsTr`. */
  reference: string;
  /** Likewise, of those that are judged. */
  prediction: string;
  /** Of surface Dice, in mm; at least 0. */
  tolerance: number;
  /** Values and names, "1=liver" each. @default what a dataset.json or model.json beside the files says */
  labels?: readonly string[];
  /** Told how many of how many cases are scored. */
  onProgress?: (progress: { step: number; steps: number }) => void;
  /** Told what is only suspicious, a sentence each. */
  warn?: (message: string) => void;
  /** Ends it between two cases. */
  signal?: AbortSignal;
}

/** What {@linkcode scoreFolders} gives. */
export interface Scored {
  /** In the order of the cases' names. */
  readonly rows: readonly ScoreRow[];
  /** The cases that have no scores. */
  readonly faults: readonly Fault[];
  /** How many cases there are, those included. */
  readonly cases: number;
  /** What was measured. */
  readonly metrics: Readonly<Record<ScoreField, Metric>>;
}

/**
 * Scores every case that has a reference and a prediction, and goes on after one that is at fault.
 *
 * @throws {UserError} if a folder is at fault, no name is in both, or labels are named badly.
 */
export async function scoreFolders(options: ScoreFoldersOptions): Promise<Scored> {
  const { tolerance, onProgress = () => {}, warn = () => {}, signal } = options;
  const metrics = scoreMetrics(tolerance);
  const given = options.labels && parseNames(options.labels);
  const references = await findSegmentations(options.reference, "references");
  const predictions = await findSegmentations(options.prediction, "predictions");
  const { pairs, faults } = matchCases(references.paths, predictions.paths);
  if (pairs.length === 0) throw noneInBoth(references, predictions);
  const cases = pairs.length + faults.length;
  const named = given ?? await namesOfBoth(references, predictions, warn);
  const { naming, faults: unread } = named === undefined
    ? await namesOfValues(pairs, { signal })
    : { naming: named, faults: [] };
  faults.push(...unread);
  const rows: ScoreRow[] = [];
  const assumed: string[] = [];
  for (const [i, pair] of pairs.entries()) {
    signal?.throwIfAborted();
    if (unread.some((fault) => fault.case === pair.case)) continue;
    try {
      const scores = await scoreCase(pair, { naming, metrics, signal });
      rows.push(...scores.rows);
      if (scores.place.assumed !== undefined) assumed.push(pair.case);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      faults.push({ case: pair.case, problem: error.message });
    }
    onProgress({ step: i + 1, steps: pairs.length });
  }
  if (assumed.length > 0) {
    const more = assumed.length > 1 ? ` and ${assumed.length - 1} more` : "";
    warn(
      `${assumed[0]}${more}: a header has neither qform nor sform, so voxels are compared in the order of the files`,
    );
  }
  return { rows, faults: faults.sort((a, b) => a.case < b.case ? -1 : 1), cases, metrics };
}

/** The reference's names, or else the prediction's. */
async function namesOfBoth(
  references: Segmentations,
  predictions: Segmentations,
  warn: (message: string) => void,
): Promise<Naming | undefined> {
  const own = await namesBeside(references.directory);
  const other = await namesBeside(predictions.directory);
  const apart = own && other && namesApart(own, other);
  if (apart !== undefined) warn(apart);
  return own ?? other;
}

function noneInBoth(references: Segmentations, predictions: Segmentations): UserError {
  const [own, other] = [references, predictions].map(({ directory, paths }) =>
    `${paths[0].slice(directory.length + 1)}${paths.length > 1 ? ", …" : ""} in ${directory}`
  );
  return new UserError("scoring: a prediction must be called as its reference, but no name is in both", {
    value: `${own}; ${other}`,
  });
}
