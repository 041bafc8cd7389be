/**
 * What the demo is about to do: found out and checked before it writes anything, or starts a peer.
 *
 * @module
 */
import { resolve } from "@std/path";
import { memoryLimit } from "../core/memory_limit.ts";
import { checkCases } from "../data/checks/check_cases.ts";
import { checkLabels, type LabelUse } from "../data/checks/check_labels.ts";
import type { Dataset } from "../data/datasets/dataset.ts";
import { type PeerSplit, splitSubjects } from "../data/splits.ts";
import { parseConfiguration, type PeerConfiguration } from "../peer/configuration.ts";
import { planMethod } from "../planning/network.ts";
import { areEnoughToTeach } from "../planning/teaching.ts";
import { PEER_DEFAULTS } from "../settings/defaults.ts";
import { DEMO_DEFAULTS, type DemoOptions, roundsTogether } from "./demo_flags.ts";
import { type DemoLimit, type DemoMethod, planWithin } from "./_demo_budget.ts";
import { pacedLines } from "./paced_lines.ts";

/** Phantoms of each site, where there is no data set. */
export const CASES_PER_SITE = 20;

/** What all sites do, and with which cases each. */
export interface DemoPlan {
  readonly splits: readonly PeerSplit[];
  /** What the sites' configurations have in common. */
  readonly shared: ReturnType<typeof sharedConfiguration>;
}

/** Any member, for a configuration that nobody runs. */
const SOMEBODY = "12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN";

/**
 * Of the decoder's: with the labels of several sites the encoder loses less of what it has learnt than with those of one
 * (measured on development patients, scripts/evaluate/README.md).
 */
const ENCODER_RATE_TOGETHER = 0.3;

/** Any plan, likewise. */
const ANY_PLAN: DemoMethod = {
  ...{ spacing: [1, 1, 1], patch: [8, 8, 8], pool: [[2, 2, 2], [2, 2, 2]] },
  levels: PEER_DEFAULTS.network.levels,
};

/**
 * Checks what can be known from the flags alone: that a peer takes what becomes of them in its configuration, and,
 * where phantoms will be made, that there will be enough.
 *
 * @throws {UserError} naming what does not fit.
 */
export function checkDemoFlags(options: DemoOptions): void {
  const { data = ".", peers, seed } = options;
  configurationOf(sharedConfiguration(options, data, ANY_PLAN), seed);
  if (options.data === undefined) splitFor(phantomCases(peers), options);
}

/** What a peer of the demo will take its configuration for. */
function configurationOf(shared: DemoPlan["shared"], seed: number): PeerConfiguration {
  const mesh = { consortium: "demo", members: [SOMEBODY] };
  return parseConfiguration({ name: siteName(0), seed, ...shared, mesh }, "the demo's flags", Deno.cwd());
}

/** The cases that a cohort of phantoms will have, as far as a split asks. */
function phantomCases(sites: number): Dataset["cases"] {
  return Array.from({ length: sites * CASES_PER_SITE }, (_, index) => {
    const id = String(index);
    return { id, subject: id, site: String(Math.floor(index / CASES_PER_SITE) + 1), image: id, label: id };
  });
}

function splitFor(cases: Dataset["cases"], { peers, labelled, seed, cases: casesPerPeer }: DemoOptions): PeerSplit[] {
  return splitSubjects(cases, { peers, labelled, seed, casesPerPeer });
}

/**
 * Splits the cases, plans the method, and checks headers, then labels, of all that will be used. What is only
 * suspicious each peer tells of its site.
 *
 * @throws {UserError} for the first fault.
 */
export async function planDemo(dataset: Dataset, options: DemoOptions, startedAt: Date): Promise<DemoPlan> {
  const splits = splitFor(dataset.cases, options);
  const used = new Set(splits.flatMap(({ training, probe, test }) => [...training, ...probe, ...test]));
  const cases = dataset.cases.filter(({ id }) => used.has(id));
  await checkCases(cases); // before a plan is made of what may be wrong
  const { minutes, voxels: voxelBudget = DEMO_DEFAULTS.voxels, fieldOfView, sliceSpacing } = options;
  const { levels } = PEER_DEFAULTS.network;
  const labels = labelsOf(dataset, splits);
  const isSound = async ({ data, network: { patch } }: DemoPlan["shared"]) => {
    const classes = dataset.labels.size + 1;
    await checkCases(cases, { plan: data, patch, classes, memory: memoryLimit() }); // all peers run on this machine
  };
  const tell = pacedLines(({ step, steps }) => `checked ${step} of ${steps} label files`);
  const withLabels = () =>
    checkLabels(labels, dataset, { together: roundsTogether(options) > 0, all: true, onProgress: tell });
  if (minutes === undefined) {
    const plan = await planMethod(dataset.cases, { fieldOfView, sliceSpacing, voxelBudget, levels });
    const shared = sharedConfiguration(options, dataset.directory, { ...plan, levels });
    await isSound(shared);
    await withLabels();
    return { splits, shared };
  }
  await withLabels(); // before a minute is spent on measuring
  const { method, schedule } = await planWithin(dataset, {
    ...{ options, startedAt, splits, labelled: labels.flatMap(({ labelled }) => labelled) },
    configure: async (method) => {
      const shared = sharedConfiguration(options, dataset.directory, method);
      await isSound(shared);
      return configurationOf(shared, options.seed);
    },
  });
  return { splits, shared: sharedConfiguration({ ...options, ...schedule }, dataset.directory, method) };
}

/** What the sites' configurations have in common. */
function sharedConfiguration(
  options: DemoOptions & { taught?: boolean; limit?: DemoLimit },
  directory: string,
  { spacing, levels, patch, pool, baseFilters, batch }: DemoMethod,
) {
  const { peers, fieldOfView, sliceSpacing } = options;
  const together = roundsTogether(options);
  const { rounds, steps, fineTune } = { ...DEMO_DEFAULTS, ...options };
  const { taught = areEnoughToTeach(fineTune) } = options;
  const share = Math.max(1, Math.floor(navigator.hardwareConcurrency / peers)); // of the cores, for each peer
  return {
    engine: {
      name: options.engine,
      threads: options.threads ?? share,
      adapter: options.adapter,
      activations: options.activations,
    },
    data: { directory: resolve(directory), spacing, fieldOfView, sliceSpacing },
    network: { levels, patch, pool, ...(baseFilters && { baseFilters }) },
    schedule: { rounds, stepsPerRound: steps, ...options.limit },
    fineTune: {
      steps: fineTune,
      baseline: true, // what pre-training gains is what the demo shows
      ...(batch && { batch }),
      ...(!taught && { unlabelled: null }),
      ...(together > 0 && { mode: "federated", rounds: together, encoderRate: ENCODER_RATE_TOGETHER }),
    },
  };
}

/** What the demo calls a site. */
export function siteName(index: number): string {
  return `site-${index + 1}`;
}

/** The cases of each site whose labels it uses. */
function labelsOf({ cases }: Dataset, splits: readonly PeerSplit[]): LabelUse[] {
  const byId = new Map(cases.map((reference) => [reference.id, reference]));
  const of = (ids: readonly string[]) => ids.map((id) => byId.get(id)!);
  return splits.map(({ labelled, test }, index) => ({
    name: siteName(index),
    labelled: of(labelled),
    test: of(test),
  }));
}
