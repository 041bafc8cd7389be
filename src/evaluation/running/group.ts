/**
 * The cells that begin with one pre-training: what a process runs at once.
 *
 * @module
 */
import { join } from "@std/path";
import { sha256Hex } from "../../core/digest.ts";
import { UserError } from "../../core/errors.ts";
import { Rng } from "../../core/rng.ts";
import type { NamedVector } from "../../core/vectors.ts";
import type { Dataset } from "../../data/datasets/dataset.ts";
import type { FoldSplit } from "../../data/folds.ts";
import type { Plan } from "../../data/plan.ts";
import type { UNetConfig } from "../../model/config.ts";
import { UNet } from "../../model/unet.ts";
import type { NetworkPlan } from "../../planning/network.ts";
import { groupId, type Mode } from "../cell.ts";
import type { PlannedCell } from "../plan/cells.ts";
import type { SiteRoles } from "../plan/roles.ts";
import type { Method } from "../protocol/protocol.ts";
import type { CurveRow } from "../results/curve.ts";
import type { CellCost } from "../results/finished_cell.ts";
import type { ResultRow } from "../results/row.ts";
import { readJoules } from "./energy.ts";
import { fineTuneAlone, fineTunePooled, fineTuneTogether, type FineTuningOptions } from "./fine_tuning.ts";
import { findPretrained, keepPretrained, pretrainingDirectory } from "./pretrained_file.ts";
import { pretrainSites } from "./pretraining.ts";
import { type EvaluationSite, prepareSites } from "./sites.ts";
import { takenOver } from "./taken_over.ts";

/** What a group is run with. */
export interface GroupOptions {
  /** All sites' cases. */
  dataset: Dataset;
  /** Of the group's fold. */
  fold: readonly FoldSplit[];
  /** How volumes are prepared. */
  plan: Plan;
  /** The network of every cell. */
  network: UNetConfig;
  /** Voxels along z, y, x. */
  patch: NetworkPlan["patch"];
  /** By name; those of a group share their pre-training. */
  methods: ReadonlyMap<string, Method>;
  /** Which sites have labels, and which are tested. */
  roles: SiteRoles;
  /** The evaluation's folder: pre-trainings are kept in it. */
  out: string;
}

/** What runs a cell, by its mode. */
const RUN: Readonly<Record<Mode, typeof fineTuneTogether>> = {
  local: fineTuneAlone,
  federated: fineTuneTogether,
  central: fineTuneTogether,
  pooled: fineTunePooled,
};

/** How far a group is. */
export type GroupEvent =
  | { readonly kind: "pre-training"; readonly round: number; readonly rounds: number; readonly loss: number }
  | { readonly kind: "fine-tuning"; readonly cell: string; readonly done: number; readonly of: number }
  | {
    readonly kind: "cell";
    readonly cell: PlannedCell;
    readonly rows: readonly ResultRow[];
    readonly curve: readonly CurveRow[];
    readonly cost: CellCost;
  };

/**
 * Runs cells that share pre-training, fold and seed; the pre-training is run first unless it was kept already.
 *
 * @param cells those that are not finished
 */
export async function* runGroup(
  cells: readonly PlannedCell[],
  options: GroupOptions,
): AsyncGenerator<GroupEvent, void> {
  const { dataset, fold, plan, network, patch, methods, roles } = options;
  const sites = await prepareSites(dataset, fold, plan, {
    softLabels: cells.some(({ method }) => methods.get(method)!.fineTune.softLabels),
  });
  const pretrained = yield* pretrainedWeights(sites, cells[0], options);
  for (const cell of cells) {
    const method = methods.get(cell.method)!;
    const fineTuning: FineTuningOptions = { method, network, patch, scheme: dataset, plan, roles };
    const started = performance.now(), joules = await readJoules();
    const progress = RUN[cell.mode](sites, pretrained, cell, fineTuning);
    let next = await progress.next();
    for (; !next.done; next = await progress.next()) yield { kind: "fine-tuning", cell: cell.id, ...next.value };
    const now = await readJoules();
    const spent = joules === null || now === null || now < joules ? null : now - joules;
    const cost = { seconds: (performance.now() - started) / 1000, bytes: next.value.bytes, joules: spent };
    const { rows, curve } = next.value;
    yield { kind: "cell", cell, rows, curve, cost };
  }
}

/** What the sites begin with; undefined: from scratch. */
async function* pretrainedWeights(
  sites: readonly EvaluationSite[],
  { method: name, pretraining, fold, seed }: PlannedCell,
  options: GroupOptions,
): AsyncGenerator<GroupEvent, readonly (readonly NamedVector[])[] | undefined> {
  const { network, patch, out } = options;
  const method = options.methods.get(name)!;
  if (method.from) return await transferred(method.from, sites.length, { fold, seed, network });
  if (pretraining === null || method.objective === null) return undefined;
  const directory = pretrainingDirectory(out, pretraining);
  const digest = await digestOf(method, seed, options);
  const kept = await findPretrained(directory, digest);
  if (kept) return kept.weights;
  const training = pretrainSites(sites, { method, network, patch, seed, directory, digest });
  let next = await training.next();
  for (; !next.done; next = await training.next()) yield { kind: "pre-training", ...next.value };
  const { weights } = await keepPretrained(directory, next.value, { sites: sites.map(({ name }) => name), digest });
  return weights;
}

/** Another data set's pre-trained networks, dealt out in turn: of each what the network of this one takes over. */
async function transferred(
  { evaluation, method }: NonNullable<Method["from"]>,
  sites: number,
  { fold, seed, network }: { fold: number; seed: number; network: UNetConfig },
): Promise<NamedVector[][]> {
  const key = groupId({ method, fold, seed });
  const found = await findPretrained(pretrainingDirectory(evaluation, key));
  if (!found) {
    throw new UserError("transferring what is pre-trained: the other evaluation must have this pre-training", {
      where: join(evaluation, "pretraining"),
      value: key,
    });
  }
  const unet = new UNet(network, new Rng(seed));
  const taken = found.weights.map((weights) => takenOver(weights, unet.variables));
  unet.dispose();
  return Array.from({ length: sites }, (_, site) => taken[site % taken.length]);
}

/** Of everything that a pre-training depends on. */
async function digestOf(method: Method, seed: number, { fold, plan, network, patch }: GroupOptions): Promise<string> {
  const { objective, mixing, schedule, pretrain, averaging, policy, leaves } = method;
  const volumes = fold.map(({ site, training, probe }) => ({ site, training, probe }));
  const settings = { objective, mixing, schedule, pretrain, averaging, policy, leaves };
  return await sha256Hex(JSON.stringify({ volumes, plan, network, patch, seed, settings }));
}
