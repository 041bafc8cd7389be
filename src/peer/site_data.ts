/**
 * A site's cases by use: found in its dataset, and prepared.
 *
 * @module
 */
import { UserError } from "../core/errors.ts";
import type { CaseReference, Dataset, LabelScheme } from "../data/datasets/dataset.ts";
import { shareCase } from "../data/loading/share.ts";
import { prepareCase, type PreparedCase } from "../data/prepare.ts";
import { splitSubjects } from "../data/splits.ts";
import type { PeerConfiguration } from "./configuration.ts";

/** What a case serves for; labelled cases are among the training cases. */
export type Use = "training" | "labelled" | "probe" | "test";

/** The references that `ids` name. */
function find(dataset: Dataset, ids: readonly string[], use: Use): CaseReference[] {
  const byId = new Map(dataset.cases.map((reference) => [reference.id, reference]));
  return ids.map((id) => {
    const reference = byId.get(id);
    if (!reference) {
      throw new UserError("opening the data: the split must name cases of the dataset", {
        where: `field "data.split.${use}"`,
        value: id,
      });
    }
    if ((use === "labelled" || use === "test") && reference.label === undefined) {
      throw new UserError(`opening the data: a ${use} case must have a label file`, { where: id });
    }
    return reference;
  });
}

/** The cases by use: as configured, or drawn by seed and subject. */
export function referencesOf(dataset: Dataset, { data, seed }: PeerConfiguration): Record<Use, CaseReference[]> {
  const { split = splitSubjects(dataset.cases, { peers: 1, labelled: data.labelled, seed })[0] } = data;
  return {
    training: find(dataset, split.training, "training"),
    labelled: find(dataset, split.labelled, "labelled"),
    probe: find(dataset, split.probe, "probe"),
    test: find(dataset, split.test, "test"),
  };
}

/**
 * Prepares each case once, however often it is used, in memory that threads share; labels that nothing uses are not
 * even read.
 */
export async function prepareAll(
  references: Record<Use, CaseReference[]>,
  { data }: PeerConfiguration,
  scheme: LabelScheme,
): Promise<Record<Use, PreparedCase[]>> {
  const done = new Map<string, PreparedCase>();
  const all = async (use: Use, needsLabel: boolean) => {
    const cases: PreparedCase[] = [];
    for (const { label, ...reference } of references[use]) {
      const prepared = done.get(reference.id) ??
        shareCase(await prepareCase(needsLabel ? { ...reference, label } : reference, data, scheme));
      done.set(reference.id, prepared);
      cases.push(prepared);
    }
    return cases;
  };
  return {
    labelled: await all("labelled", true),
    test: await all("test", true),
    training: await all("training", false),
    probe: await all("probe", false),
  };
}
