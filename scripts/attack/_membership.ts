/**
 * Membership inference: was a volume among those that a site trained on?
 *
 * What a member does: it knows of its own volumes which were trained on, sets a threshold or fits a classifier on them
 * (the shadow set), and applies it to volumes of the other sites.
 *
 * @module
 */
import { mean } from "../../src/core/statistics.ts";
import { meanOf } from "../../src/display/statistics.ts";
import { Matrix, solve } from "ml-matrix";
import { bestThreshold, type Scores } from "./_detection.ts";
import { closeness, type ReleasedBySite } from "./_closeness.ts";
import { type Candidate, quantiles, viewSimilarities } from "./_view_similarity.ts";

/** The victims' scores under one attack, with the threshold that the attacker found on its own volumes. */
export interface MembershipScores extends Scores {
  readonly attack: "views, threshold" | "views, classifier" | "released features";
  readonly threshold: number;
}

/** Similarities that the classifier sees of each projection. */
const QUANTILES = 8;

/** Penalty of the classifier, as a share of its inputs' mean square. */
const PENALTY = 0.1;

/** All attacks; the last only where features were released. */
export function inferMembership(
  candidates: readonly Candidate[],
  released: ReleasedBySite,
): MembershipScores[] {
  const similarities = candidates.map(({ rows }) => rows.map(viewSimilarities)); // by projection
  const means = similarities.map((lists) => meanOf(lists.flat()) ?? NaN);
  const vectors = similarities.map((lists) => lists.flatMap((list) => quantiles(list, QUANTILES)));
  const shadow = candidates.flatMap(({ site }, index) => site === 0 ? [index] : []);
  const classify = classifier(shadow.map((index) => vectors[index]), shadow.map((index) => candidates[index].isMember));
  return [
    verdicts("views, threshold", candidates, means),
    verdicts("views, classifier", candidates, vectors.map(classify)),
    ...released.every((release) => release !== undefined)
      ? [verdicts("released features", candidates, closeness(candidates, released))]
      : [],
  ];
}

/** Members' and non-members' scores at the other sites, and the threshold from the attacker's own. */
function verdicts(
  attack: MembershipScores["attack"],
  candidates: readonly Candidate[],
  scores: readonly number[],
): MembershipScores {
  const of = (isOwn: boolean, isMember: boolean) =>
    scores.filter((_, i) => (candidates[i].site === 0) === isOwn && candidates[i].isMember === isMember);
  const threshold = bestThreshold({ members: of(true, true), nonMembers: of(true, false) });
  return { attack, threshold, members: of(false, true), nonMembers: of(false, false) };
}

/**
 * A linear classifier by regularised least squares (ridge regression on -1 and 1), inputs standardised on the known
 * ones.
 *
 * @returns the score of a vector: higher means member.
 */
export function classifier(
  known: readonly (readonly number[])[],
  isMember: readonly boolean[],
): (vector: readonly number[]) => number {
  const columns = known[0].map((_, column) => known.map((vector) => vector[column]));
  const centres = columns.map((values) => mean(values));
  const scales = columns.map((values, i) => Math.sqrt(mean(values.map((value) => (value - centres[i]) ** 2))) || 1);
  const standardise = (vector: readonly number[]) => vector.map((value, i) => (value - centres[i]) / scales[i]);
  const inputs = new Matrix(known.map(standardise)); // [n, inputs]
  const share = isMember.filter(Boolean).length / isMember.length;
  const targets = Matrix.columnVector(isMember.map((member) => member ? 1 - share : -share)); // centred
  const gram = inputs.transpose().mmul(inputs).add(Matrix.eye(inputs.columns).mul(PENALTY * known.length));
  const weights = solve(gram, inputs.transpose().mmul(targets)).to1DArray();
  return (vector) => standardise(vector).reduce((sum, value, i) => sum + value * weights[i], 0);
}
