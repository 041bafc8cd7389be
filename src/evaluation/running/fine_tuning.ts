/**
 * Fine-tuning and testing the sites of one cell.
 *
 * @module
 */
import { flatten, layoutOf, type NamedVector } from "../../core/vectors.ts";
import type { LabelScheme } from "../../data/datasets/dataset.ts";
import { type Plan, plannedSpacing } from "../../data/plan.ts";
import type { UNetConfig } from "../../model/config.ts";
import type { UNet } from "../../model/unet.ts";
import type { NetworkPlan } from "../../planning/network.ts";
import { evaluateCase } from "../../segmentation/evaluate.ts";
import { openFineTuning, type SiteFineTuning } from "../../segmentation/site_fine_tuning.ts";
import type { Cell } from "../cell.ts";
import type { Method } from "../protocol/protocol.ts";
import type { ResultRow } from "../results/row.ts";
import { openAveraging } from "../../studies/averaging.ts";
import { Consortium, type ConsortiumSite } from "../../studies/consortium.ts";
import { fineTuning } from "../../studies/trainings/fine_tuner.ts";
import type { EvaluationSite } from "./sites.ts";

/** What cells of one fold have in common. */
export interface FineTuningOptions {
  /** What the cells are of. */
  method: Method;
  /** The network that is fine-tuned. */
  network: UNetConfig;
  /** Voxels along z, y, x. */
  patch: NetworkPlan["patch"];
  /** The dataset, which says what label values mean. */
  scheme: LabelScheme;
  /** How volumes are prepared. */
  plan: Plan;
  /** How many sites are tested, from the first. */
  tested: number;
}

/** A site's network, and what trains it. */
function open(
  { name: site, labelled, training }: EvaluationSite,
  pretrained: readonly NamedVector[] | undefined,
  cell: Cell,
  { method: { fineTune: settings }, network, patch }: FineTuningOptions,
): SiteFineTuning {
  const cases = labelled.slice(0, cell.labelled);
  const unlabelled = training.filter(({ id }) => !cases.some((labelled) => labelled.id === id));
  return openFineTuning({ network, pretrained, settings, seed: cell.seed, site, cases, unlabelled, patch });
}

/** The measures of a site's test cases. */
async function test(
  site: EvaluationSite,
  segmenter: UNet,
  cell: Cell,
  options: FineTuningOptions,
): Promise<ResultRow[]> {
  const { scheme, patch, plan } = options;
  const { method, mode, labelled, fold, seed } = cell;
  const rows: ResultRow[] = [];
  for (const { prepared, reference } of site.test) {
    const { dims, spacing } = prepared.source;
    const evaluated = await evaluateCase(prepared, reference, {
      segmenter,
      scheme,
      patch,
      mirror: options.method.fineTune.testMirroring,
      spacing: plannedSpacing(dims, spacing, plan),
    });
    for (const [name, measures] of Object.entries(evaluated.measures!)) {
      rows.push({ method, mode, labelled, fold, seed, site: site.name, case: prepared.id, class: name, measures });
    }
  }
  return rows;
}

/** How far a cell is: sites that are done where each trains alone, rounds where they train together. */
export interface FineTuningProgress {
  /** Sites or rounds. */
  readonly done: number;
  /** In all. */
  readonly of: number;
}

/** What came of a cell. */
export interface FineTunedCell {
  /** One for each class of each test case. */
  readonly rows: ResultRow[];
  /** Sent between sites. */
  readonly bytes: number;
}

/**
 * Fine-tunes and tests each of the tested sites alone.
 *
 * @param pretrained by site, or none: from scratch
 */
export async function* fineTuneAlone(
  sites: readonly EvaluationSite[],
  pretrained: readonly (readonly NamedVector[])[] | undefined,
  cell: Cell,
  options: FineTuningOptions,
): AsyncGenerator<FineTuningProgress, FineTunedCell> {
  const rows: ResultRow[] = [];
  const tested = sites.slice(0, options.tested);
  for (const [index, site] of tested.entries()) {
    const { unet, tuner, dispose } = open(site, pretrained?.[index], cell, options);
    try {
      for await (const _ of tuner.round({ steps: options.method.fineTune.steps })) { /* a step */ }
      rows.push(...await test(site, unet, cell, options));
    } finally {
      await dispose();
    }
    yield { done: index + 1, of: tested.length };
  }
  return { rows, bytes: 0 };
}

/**
 * Fine-tunes all sites together: rounds of steps, after each of which whole networks are averaged, each by its labelled
 * cases. Then each of the tested sites tests what it has.
 *
 * @param pretrained by site, or none: supervised federated averaging from scratch
 */
export async function* fineTuneTogether(
  sites: readonly EvaluationSite[],
  pretrained: readonly (readonly NamedVector[])[] | undefined,
  cell: Cell,
  options: FineTuningOptions,
): AsyncGenerator<FineTuningProgress, FineTunedCell> {
  const { method: { fineTune: { rounds, steps, exchanges }, averaging }, tested } = options;
  const opened = sites.map((site, index) => open(site, pretrained?.[index], cell, options));
  try {
    const weights = await Promise.all(opened.map(({ tuner }) => tuner.weights()));
    const layout = layoutOf(weights[0]);
    const members = sites.map(({ name }, site): ConsortiumSite => ({
      name,
      training: fineTuning(opened[site].tuner, { steps, rounds, layout }),
      vector: flatten(weights[site]),
    }));
    const consortium = new Consortium(
      members,
      openAveraging({
        mixing: cell.mode === "central" ? "central" : "gossip",
        masses: sites.map(({ labelled }) => Math.min(labelled.length, cell.labelled)),
        ...{ averaging, layout, exchanges, rounds, seed: cell.seed },
      }),
    );
    for (let round = 1; round <= rounds; round++) {
      await consortium.round(round);
      yield { done: round, of: rounds };
    }
    const rows: ResultRow[] = [];
    for (const [index, site] of sites.slice(0, tested).entries()) {
      rows.push(...await test(site, opened[index].unet, cell, options));
    }
    return { rows, bytes: consortium.bytes.weights };
  } finally {
    for (const { dispose } of opened) await dispose();
  }
}
