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
import { fineTuningMass, joinsAfter } from "../../peer/fine_tuning_part.ts";
import type { NetworkPlan } from "../../planning/network.ts";
import { evaluateCase } from "../../segmentation/evaluate.ts";
import { singlePartValues } from "../../segmentation/single_parts.ts";
import { openFineTuning, type SiteFineTuning } from "../../segmentation/site_fine_tuning.ts";
import type { Cell } from "../cell.ts";
import { followedBy, type SiteRoles, tunedAlone } from "../plan/roles.ts";
import type { Method } from "../protocol/protocol.ts";
import type { ProtocolFineTune } from "../protocol/types.ts";
import type { CurveRow } from "../results/curve.ts";
import type { ResultRow } from "../results/row.ts";
import { openAveraging } from "../../studies/averaging.ts";
import { Consortium, type ConsortiumSite } from "../../studies/consortium.ts";
import { fineTuning, stepsUntil } from "../../studies/trainings/fine_tuner.ts";
import type { EvaluationSite, TestCase } from "./sites.ts";

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
  /** Which sites have labels, and which are tested. */
  roles: SiteRoles;
}

/** A site as a training sees it: its labelled cases are those of the cell. */
type Taught = Pick<EvaluationSite, "name" | "training" | "labelled">;

/** The site with as many labelled cases as the cell has, or none. */
function taught(site: EvaluationSite, { labelled: count }: Cell, hasLabels = true): Taught {
  return { ...site, labelled: hasLabels ? site.labelled.slice(0, count) : [] };
}

/** A site's network, and what trains it. */
function open(
  { name: site, labelled: cases, training }: Taught,
  pretrained: readonly NamedVector[] | undefined,
  { seed }: Cell,
  options: FineTuningOptions & { together: boolean },
): SiteFineTuning {
  const { method: { fineTune: settings }, network, patch, scheme: { labels }, together } = options;
  const unlabelled = training.filter(({ id }) => !cases.some((labelled) => labelled.id === id));
  return openFineTuning({ network, pretrained, settings, seed, site, cases, unlabelled, patch, labels, together });
}

/** The measures of test cases, as the site's, whose labelled cases show what structures are like. */
async function test(
  site: Pick<Taught, "name" | "labelled">,
  cases: readonly TestCase[],
  segmenter: UNet,
  cell: Cell,
  options: FineTuningOptions,
): Promise<ResultRow[]> {
  const { scheme, patch, plan, method: { fineTune: { testMirroring: mirror, keepLargest } } } = options;
  const { method, mode, labelled, fold, seed } = cell;
  const singleParts = keepLargest ? singlePartValues(site.labelled) : [];
  const rows: ResultRow[] = [];
  for (const { prepared, reference } of cases) {
    const { dims, spacing } = prepared.source;
    const evaluated = await evaluateCase(prepared, reference, {
      segmenter,
      scheme,
      patch,
      mirror,
      singleParts,
      spacing: plannedSpacing(dims, spacing, plan),
    });
    for (const [name, measures] of Object.entries(evaluated.measures!)) {
      rows.push({ method, mode, labelled, fold, seed, site: site.name, case: prepared.id, class: name, measures });
    }
  }
  return rows;
}

/** What came of a test on the way. */
const onTheWay = (rows: readonly ResultRow[], step: number): CurveRow[] =>
  rows.map(({ measures, ...row }) => ({ ...row, step, dice: measures.dice as number | null }));

/** How far a cell is: steps of all networks where each is trained alone, rounds where sites train together. */
export interface FineTuningProgress {
  /** Steps or rounds. */
  readonly done: number;
  /** In all. */
  readonly of: number;
}

/** What came of a cell. */
export interface FineTunedCell {
  /** One for each class of each test case. */
  readonly rows: ResultRow[];
  /** Of tests on the way, the last among them; empty where there were none. */
  readonly curve: CurveRow[];
  /** Sent between sites. */
  readonly bytes: number;
}

/** Trains a network to its end, and tests it then and on the way. Yields after each step. */
async function* trainAndTest(
  { tuner, dispose }: SiteFineTuning,
  { steps, testEvery }: ProtocolFineTune,
  testAll: (network: UNet) => Promise<ResultRow[]>,
): AsyncGenerator<number, Omit<FineTunedCell, "bytes">> {
  try {
    const curve: CurveRow[] = [];
    for await (const { step } of tuner.round({ steps })) {
      if (testEvery !== undefined && step % testEvery === 0 && step < steps) {
        curve.push(...onTheWay(await testAll(tuner.tested), step));
      }
      yield step;
    }
    const rows = await testAll(tuner.tested);
    if (testEvery !== undefined) curve.push(...onTheWay(rows, steps));
    return { rows, curve };
  } finally {
    await dispose();
  }
}

/**
 * Fine-tunes each site that has labels alone, and tests it on its own cases or on those of all tested sites.
 *
 * @param pretrained by site, or none: from scratch
 */
export async function* fineTuneAlone(
  sites: readonly EvaluationSite[],
  pretrained: readonly (readonly NamedVector[])[] | undefined,
  cell: Cell,
  options: FineTuningOptions,
): AsyncGenerator<FineTuningProgress, FineTunedCell> {
  const { method: { fineTune }, roles } = options, { steps } = fineTune;
  const rows: ResultRow[] = [], curve: CurveRow[] = [];
  const tuned = tunedAlone(roles);
  for (const [index, place] of tuned.entries()) {
    const site = taught(sites[place], cell);
    const cases = roles.testedOn === "all" ? roles.tested.flatMap((tested) => sites[tested].test) : sites[place].test;
    const tuning = open(site, pretrained?.[place], cell, { ...options, together: false });
    const training = trainAndTest(tuning, fineTune, (network) => test(site, cases, network, cell, options));
    let next = await training.next();
    for (; !next.done; next = await training.next()) {
      yield { done: index * steps + next.value, of: tuned.length * steps };
    }
    rows.push(...next.value.rows);
    curve.push(...next.value.curve);
  }
  return { rows, curve, bytes: 0 };
}

/**
 * Fine-tunes one network on the volumes of all sites in one place, labelled those of the sites that have labels, and
 * tests it on all tested sites' cases: the upper line, of what no consortium can do that keeps its volumes at home.
 *
 * @param pretrained by site, of which the first one's is begun with, or none: from scratch
 */
export async function* fineTunePooled(
  sites: readonly EvaluationSite[],
  pretrained: readonly (readonly NamedVector[])[] | undefined,
  cell: Cell,
  options: FineTuningOptions,
): AsyncGenerator<FineTuningProgress, FineTunedCell> {
  const { method: { fineTune }, roles } = options;
  const labelled = roles.labelled.flatMap((place) => taught(sites[place], cell).labelled);
  const pool: Taught = { name: "pool", labelled, training: sites.flatMap(({ training }) => training) };
  const tuning = open(pool, pretrained?.[0], cell, { ...options, together: false });
  const training = trainAndTest(tuning, fineTune, async (network) => {
    const rows: ResultRow[] = [];
    for (const place of roles.tested) {
      const { name, test: cases } = sites[place];
      rows.push(...await test({ name, labelled }, cases, network, cell, options));
    }
    return rows;
  });
  let next = await training.next();
  for (; !next.done; next = await training.next()) yield { done: next.value, of: fineTune.steps };
  return { ...next.value, bytes: 0 };
}

/**
 * Fine-tunes sites together: rounds of steps, after each of which whole networks are averaged, each by its labelled
 * cases and a share of the other volumes that it learns from. Sites without labels join after some rounds if unlabelled
 * volumes are learnt from, and train nothing if they are not. Then each of the tested sites tests what it has; one that
 * trains nothing, what a site with labels has.
 *
 * @param pretrained by site, or none: supervised federated averaging from scratch
 */
export async function* fineTuneTogether(
  sites: readonly EvaluationSite[],
  pretrained: readonly (readonly NamedVector[])[] | undefined,
  cell: Cell,
  options: FineTuningOptions,
): AsyncGenerator<FineTuningProgress, FineTunedCell> {
  const { method: { fineTune, averaging }, roles } = options;
  const { rounds, steps, exchanges, testEvery } = fineTune;
  const places = [...sites.keys()].filter((site) => roles.labelled.includes(site) || fineTune.unlabelled);
  const isLabelled = (place: number) => roles.labelled.includes(place);
  const opened = new Map<number, SiteFineTuning>();
  for (const place of places) {
    const site = taught(sites[place], cell, isLabelled(place));
    opened.set(place, open(site, pretrained?.[place], cell, { ...options, together: true }));
  }
  try {
    const members: ConsortiumSite[] = [];
    const weights = await Promise.all(places.map((place) => opened.get(place)!.tuner.weights()));
    const layout = layoutOf(weights[0]);
    places.forEach((place, member) => {
      const training = fineTuning(opened.get(place)!.tuner, { steps, rounds, layout });
      members.push({ name: sites[place].name, training, vector: flatten(weights[member]) });
    });
    const consortium = new Consortium(
      members,
      openAveraging({
        mixing: cell.mode === "central" ? "central" : "gossip",
        masses: places.map((place) => massOf(taught(sites[place], cell, isLabelled(place)), fineTune)),
        ...{ averaging, layout, exchanges, rounds, seed: cell.seed },
      }),
    );
    const memberOf = (place: number) => places.indexOf(place);
    const waiting = places.filter((place) => !isLabelled(place));
    const joins = joinsAfter(fineTune);
    const testAll = async (round: number) => {
      const rows: ResultRow[] = [];
      for (const place of roles.tested) {
        const trains = isLabelled(place) || (opened.has(place) && round >= joins);
        const { tuner } = opened.get(trains ? place : followedBy(place, roles))!;
        const site = taught(sites[place], cell, isLabelled(place));
        rows.push(...await test(site, sites[place].test, tuner.tested, cell, options));
      }
      return rows;
    };
    const curve: CurveRow[] = [];
    for (let round = 1; round <= rounds; round++) {
      const present = places.filter((place) => isLabelled(place) || round > joins).map(memberOf);
      await consortium.round(round, present);
      for (const place of round === joins ? waiting : []) {
        await consortium.follow(round, memberOf(place), memberOf(followedBy(place, roles)));
      }
      const [before, step] = [round - 1, round].map((one) => stepsUntil(one, { steps, rounds }));
      const isTested = testEvery !== undefined && Math.floor(step / testEvery) > Math.floor(before / testEvery);
      if (isTested && round < rounds) curve.push(...onTheWay(await testAll(round), step));
      yield { done: round, of: rounds };
    }
    const rows = await testAll(rounds);
    if (testEvery !== undefined) curve.push(...onTheWay(rows, steps));
    return { rows, curve, bytes: consortium.bytes.weights };
  } finally {
    for (const { dispose } of opened.values()) await dispose();
  }
}

/** What a site counts for. */
function massOf({ training, labelled }: Taught, fineTune: ProtocolFineTune): number {
  return fineTuningMass({ training: training.length, labelled: labelled.length }, fineTune);
}
