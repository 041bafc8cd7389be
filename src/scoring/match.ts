/**
 * Which prediction belongs to which reference, by the names of their files.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { matchCases } from "./match.ts";
 *
 * const { pairs, faults } = matchCases(["labelsTr/a.nii.gz", "labelsTr/b.nii.gz"], ["out/a_0000.nii"]);
 * assertEquals(pairs, [{ case: "a", reference: "labelsTr/a.nii.gz", prediction: "out/a_0000.nii" }]);
 * assertEquals(faults, [{ case: "b", problem: "it has no prediction" }]);
 * ```
 *
 * @module
 */
import { caseId } from "../data/datasets/files.ts";

/** One case's two files. */
export interface Pair {
  /** The files' name without folder and ending. */
  readonly case: string;
  /** Path of the label map that counts as the truth. */
  readonly reference: string;
  /** Path of the label map that is judged. */
  readonly prediction: string;
}

/** Why a case has no scores. */
export interface Fault {
  /** The case's name. */
  readonly case: string;
  /** A sentence about the case. */
  readonly problem: string;
}

/** What nnU-Net adds to the name of a case's first image, and programs that keep its name to its prediction. */
const FIRST_CHANNEL = /_0000$/;

/**
 * Pairs files of one name, whatever their ending. A name that only one side has is also looked for without nnU-Net's
 * `_0000`. A pure function, in the order of the names.
 *
 * @param references paths
 * @param predictions paths
 */
export function matchCases(
  references: readonly string[],
  predictions: readonly string[],
): { pairs: Pair[]; faults: Fault[] } {
  const names = { references: new Set(references.map(caseId)), predictions: new Set(predictions.map(caseId)) };
  const byCase = {
    reference: Map.groupBy(references, (path) => caseOf(path, names.predictions)),
    prediction: Map.groupBy(predictions, (path) => caseOf(path, names.references)),
  };
  const pairs: Pair[] = [], faults: Fault[] = [];
  for (const id of [...new Set([...byCase.reference.keys(), ...byCase.prediction.keys()])].sort()) {
    const [own, other] = [byCase.reference.get(id) ?? [], byCase.prediction.get(id) ?? []];
    if (own.length === 1 && other.length === 1) pairs.push({ case: id, reference: own[0], prediction: other[0] });
    else {faults.push({
        case: id,
        problem: `it has ${[told(own, "reference"), told(other, "prediction")].filter(Boolean).join(" and ")}`,
      });}
  }
  return { pairs, faults };
}

function caseOf(path: string, others: ReadonlySet<string>): string {
  const id = caseId(path), plain = id.replace(FIRST_CHANNEL, "");
  return !others.has(id) && others.has(plain) ? plain : id;
}

/** What is wrong with one side of a case, if anything. */
function told(paths: readonly string[], what: string): string | undefined {
  if (paths.length === 1) return undefined;
  return paths.length === 0 ? `no ${what}` : `several ${what}s (${paths.join(", ")})`;
}
