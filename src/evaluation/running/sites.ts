/**
 * The sites of an evaluation with their prepared cases.
 *
 * @module
 */
import type { CaseReference, Dataset } from "../../data/datasets/dataset.ts";
import type { FoldSplit } from "../../data/folds.ts";
import type { Plan } from "../../data/plan.ts";
import { prepareCase, type PrepareCaseOptions, type PreparedCase } from "../../data/prepare.ts";

/** A case that is tested. */
export interface TestCase {
  /** Its volume, as networks take it. */
  readonly prepared: PreparedCase;
  /** Its files. */
  readonly reference: CaseReference;
}

/** One site in one fold. */
export interface EvaluationSite {
  /** As the dataset calls it. */
  readonly name: string;
  /** Without labels. */
  readonly training: readonly PreparedCase[];
  /** With labels, in the order in which to use them. */
  readonly labelled: readonly PreparedCase[];
  /** Without labels. */
  readonly probe: readonly PreparedCase[];
  /** Seen by no training. */
  readonly test: readonly TestCase[];
}

/**
 * Prepares the cases of one fold, each once.
 *
 * @throws {UserError} if a file cannot be read or does not fit.
 */
export async function prepareSites(
  dataset: Dataset,
  fold: readonly FoldSplit[],
  plan: Plan,
  { softLabels }: Pick<PrepareCaseOptions, "softLabels"> = {},
): Promise<EvaluationSite[]> {
  const taught = new Set(fold.flatMap(({ labelled }) => labelled));
  const byId = new Map(dataset.cases.map((reference) => [reference.id, reference]));
  const done = new Map<string, PreparedCase>();
  const prepare = async (id: string) => {
    const prepared = done.get(id) ??
      await prepareCase(byId.get(id)!, plan, dataset, { softLabels: softLabels && taught.has(id) });
    done.set(id, prepared);
    return prepared;
  };
  const all = async (ids: readonly string[]) => {
    const prepared: PreparedCase[] = [];
    for (const id of ids) prepared.push(await prepare(id)); // one by one: a volume at full resolution is large
    return prepared;
  };
  const unlabelled = async (ids: readonly string[]) =>
    (await all(ids)).map(({ label: _, occupancy: __, ...prepared }) => prepared);
  const sites: EvaluationSite[] = [];
  for (const { site, training, labelled, probe, test } of fold) {
    sites.push({
      name: site,
      training: await unlabelled(training),
      labelled: await all(labelled),
      probe: await unlabelled(probe),
      test: (await all(test)).map((prepared) => ({ prepared, reference: byId.get(prepared.id)! })),
    });
  }
  return sites;
}
