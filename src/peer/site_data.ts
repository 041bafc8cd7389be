/**
 * A site's cases by use: found in its dataset, checked, and prepared.
 *
 * @module
 */
import { UserError } from "../core/errors.ts";
import { memoryLimit } from "../core/memory_limit.ts";
import { checkCases } from "../data/checks/check_cases.ts";
import { checkLabels } from "../data/checks/check_labels.ts";
import { requireSplit } from "../data/checks/split.ts";
import type { CaseReference, Dataset, LabelScheme } from "../data/datasets/dataset.ts";
import { parseLabels } from "../data/datasets/description.ts";
import { openDataset } from "../data/datasets/registry.ts";
import { shareCase } from "../data/loading/share.ts";
import { prepareCase, type PreparedCase } from "../data/prepare.ts";
import { type PeerSplit, splitOwn } from "../data/splits.ts";
import { formatCount } from "../display/formats/count.ts";
import type { PeerConfiguration } from "./configuration.ts";
import { admitsUnlabelled, fineTuningPart, type PartSettings } from "./fine_tuning_part.ts";

/** What a case serves for; labelled cases are among the training cases. */
export type Use = "training" | "labelled" | "probe" | "test";

/** A site's dataset with its cases by use; no volume is loaded. */
export interface SiteCases {
  /** With the labels that the configuration names, where it names none itself. */
  readonly dataset: Dataset;
  readonly references: Readonly<Record<Use, CaseReference[]>>;
}

/**
 * Opens a site's dataset, with the labels that the other sites have where it names none itself.
 *
 * @throws {UserError} if the dataset is at fault, or the labels are none, or are not its own.
 */
export async function openSiteDataset({ data }: PeerConfiguration): Promise<Dataset> {
  const dataset = await openDataset(data.directory);
  if (data.labels === undefined) return dataset;
  const { labels } = parseLabels({ labels: data.labels }, "data", "by value");
  if (dataset.labels.size === 0) return { ...dataset, labels };
  const shown = (names: Dataset["labels"]) => JSON.stringify(Object.fromEntries(names));
  if (shown(labels) === shown(dataset.labels)) return dataset;
  throw new UserError(
    `opening the data: "data.labels" must be what the dataset itself says, ${shown(dataset.labels)}`,
    {
      where: dataset.directory,
      value: shown(labels),
    },
  );
}

/**
 * Opens a site's dataset and finds its cases by use.
 *
 * @throws {UserError} if the dataset or the split is at fault.
 */
export async function openSite(configuration: PeerConfiguration): Promise<SiteCases> {
  const dataset = await openSiteDataset(configuration);
  return { dataset, references: referencesOf(dataset, configuration) };
}

/**
 * Checks what can be known of a site's data without loading a volume: the headers of every case that is used.
 *
 * @returns what is only suspicious, a sentence each
 * @throws {UserError} for the first file at fault.
 */
export async function checkSite(
  { dataset: { labels, notes = [] }, references }: SiteCases,
  { data, fineTune, network: { patch } }: PeerConfiguration,
  options: { signal?: AbortSignal } = {},
): Promise<readonly string[]> {
  const used = new Map<string, CaseReference>();
  for (const { label: _, ...reference } of [...references.training, ...references.probe]) {
    used.set(reference.id, reference); // their labels are not read
  }
  for (const reference of [...references.labelled, ...references.test]) used.set(reference.id, reference);
  const { warnings } = await checkCases([...used.values()], {
    ...options,
    ...{ plan: data, patch, classes: labels.size + 1, memory: memoryLimit(data.memory) },
    softLabels: fineTune.softLabels,
  });
  // who has chosen the cases by hand knows of the others
  return [...(data.split ? [] : notes), ...warnings, ...restrictionsOf({ labels, references }, fineTune)];
}

/** What a site cannot do for want of cases, a sentence each. */
function restrictionsOf(
  { labels, references: { training, labelled, test } }: { labels: Dataset["labels"] } & Pick<SiteCases, "references">,
  fineTune: PartSettings,
): string[] {
  const cases = { training: training.length, labelled: labelled.length };
  const part = fineTuningPart(fineTune, { cases, structures: labels.size });
  if (part === "labels") {
    return test.length > 0 ? [] : ["no test case: networks are fine-tuned, and the report is without Dice"];
  }
  if (part === "others") {
    const untested = test.length > 0 ? "" : ", and without a test case the report is without Dice";
    return [`no labelled case: networks are fine-tuned by what the other sites' say of the training cases${untested}`];
  }
  const isUnnamed = admitsUnlabelled(fineTune) && labels.size === 0;
  const unnamed = isUnnamed ? ', and "data.labels" does not say which structures the other sites have' : "";
  const unused = test.length > 0 ? `; not used: ${formatCount(test.length, "test case")}` : "";
  return [
    `no labelled case${unnamed}: this site takes part in pre-training only, and its report is without Dice${unused}`,
  ];
}

/** Options of {@linkcode checkSiteLabels}. */
export interface CheckSiteLabelsOptions {
  /** Told how many label files are read. */
  onProgress?: (progress: { step: number; steps: number }) => void;
  /** Ends it between two files. */
  signal?: AbortSignal;
}

/**
 * Reads the label files that the site fine-tunes with and is tested on, and checks what they hold.
 *
 * @returns what is only suspicious, a sentence each
 * @throws {UserError} for the first file at fault, or if there is nothing to learn in any.
 */
export async function checkSiteLabels(
  { dataset, references: { labelled, test } }: SiteCases,
  { fineTune: { mode } }: PeerConfiguration,
  options: CheckSiteLabelsOptions = {},
): Promise<readonly string[]> {
  const { warnings } = await checkLabels([{ labelled, test }], dataset, { ...options, together: mode === "federated" });
  return warnings;
}

/** The ids by use: as configured, or drawn by seed and subject. @throws {UserError} if the split is at fault. */
export function splitOf({ cases }: Dataset, { data, seed }: PeerConfiguration): PeerSplit {
  const given = data.split && inOneForm(data.split);
  if (given) requireSplit(cases, given, { field: "data.split" });
  return given ?? splitOwn(cases, { labelled: data.labelled, seed });
}

/** The cases by use: as configured, or drawn by seed and subject. */
export function referencesOf(dataset: Dataset, configuration: PeerConfiguration): Record<Use, CaseReference[]> {
  const { cases, labels, directory } = dataset;
  const split = splitOf(dataset, configuration);
  const byId = new Map(cases.map((reference) => [reference.id, reference]));
  const of = (use: Use) => split[use].map((id) => byId.get(id)!);
  const references = { training: of("training"), labelled: of("labelled"), probe: of("probe"), test: of("test") };
  if (labels.size === 0 && references.labelled.length + references.test.length > 0) {
    throw new UserError("opening the data: the dataset must name the labels of its labelled cases", {
      where: directory,
    });
  }
  return references;
}

/** A split with ids as datasets have them, whatever the Unicode form in which somebody wrote them. */
function inOneForm({ training, labelled, probe, test }: PeerSplit): PeerSplit {
  const form = (ids: readonly string[]) => ids.map((id) => id.normalize());
  return { training: form(training), labelled: form(labelled), probe: form(probe), test: form(test) };
}

/**
 * Prepares each case once, however often it is used, in memory that threads share; labels that nothing uses are not
 * even read.
 *
 * @param onProgress told how many of how many cases are prepared.
 */
export async function prepareAll(
  references: Readonly<Record<Use, CaseReference[]>>,
  { data, fineTune }: PeerConfiguration,
  scheme: LabelScheme,
  onProgress: (progress: { step: number; steps: number }) => void = () => {},
): Promise<Record<Use, PreparedCase[]>> {
  const done = new Map<string, PreparedCase>();
  const steps = new Set(Object.values(references).flat().map(({ id }) => id)).size;
  const prepare = async (reference: CaseReference, softLabels = false) => {
    const prepared = shareCase(await prepareCase(reference, data, scheme, { softLabels }));
    done.set(reference.id, prepared);
    onProgress({ step: done.size, steps });
    return prepared;
  };
  const all = async (use: Use, needsLabel: boolean, softLabels = false) => {
    const cases: PreparedCase[] = [];
    for (const { label, ...reference } of references[use]) {
      cases.push(done.get(reference.id) ?? await prepare(needsLabel ? { ...reference, label } : reference, softLabels));
    }
    return cases;
  };
  return {
    labelled: await all("labelled", true, fineTune.softLabels),
    test: await all("test", true),
    training: await all("training", false),
    probe: await all("probe", false),
  };
}
