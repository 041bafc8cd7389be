/**
 * What a group of cells takes, by what was measured.
 *
 * @module
 */
import type { FoldSplit } from "../../data/folds.ts";
import type { PlannedCell } from "../plan/cells.ts";
import { type SiteRoles, tunedAlone } from "../plan/roles.ts";
import type { Method } from "../protocol/protocol.ts";
import type { GroupCosts, Steps } from "./schedule.ts";

/** What was measured, in seconds. */
export interface MeasuredCosts {
  /** From a process's beginning until the engine and the data set are open. */
  readonly start: number;
  /** Preparing a volume. */
  readonly prepare: number;
  /** Predicting and scoring a case. */
  readonly test: number;
  /** By the pre-training's method: a step of a site, and what a round takes beside its steps. */
  readonly pretrain: Readonly<Record<string, { readonly step: number; readonly round: number }>>;
  /** By the method: a step of fine-tuning of a network. */
  readonly fineTune: Readonly<Record<string, number>>;
}

/** Options of {@linkcode groupCosts}. */
export interface GroupCostsOptions {
  /** Of the group's fold. */
  fold: readonly FoldSplit[];
  /** Which sites have labels, and which are tested. */
  roles: SiteRoles;
  /** What was measured. */
  measured: MeasuredCosts;
  /** A method as it is run with rounds and steps that were planned. */
  methodWith(name: string, plan: Steps): Method;
}

/** The costs of cells that share a pre-training, or the method that has none. */
export function groupCosts(
  cells: readonly PlannedCell[],
  { fold, roles, measured, methodWith }: GroupCostsOptions,
): GroupCosts {
  const [{ method: first, pretraining }] = cells;
  const own = methodWith(first, ANY);
  const pretrained = own.pretrainedAs === null ? undefined : measured.pretrain[own.pretrainedAs];
  const { step, round } = pretraining === null || own.from || !pretrained ? { step: 0, round: 0 } : pretrained;
  const volumes = new Set(
    fold.flatMap(({ training, labelled, probe, test }) => [training, labelled, probe, test].flat()),
  );
  const besides = measured.start + measured.prepare * volumes.size;
  const parts = cells.map((cell) => {
    const { fineTune } = methodWith(cell.method, ANY);
    const tests = measured.test * testsOf(cell, { fold, roles });
    const often = fineTune.testEvery === undefined ? 0 : tests / fineTune.testEvery;
    const networks = networksOf(cell, { fold, roles, unlabelled: Boolean(fineTune.unlabelled) });
    return { cell, tests, step: networks * measured.fineTune[cell.method] + often };
  });
  return {
    pretrainStep: fold.length * step,
    round: fold.length * round,
    fineTuneStep: parts.reduce((sum, { step }) => sum + step, 0),
    total: (plan) => {
      const { schedule: { rounds, stepsPerRound } } = methodWith(first, plan);
      const before = fold.length * rounds * (stepsPerRound * step + round);
      const after = parts.map(({ cell, tests, step }) => tests + step * methodWith(cell.method, plan).fineTune.steps);
      return besides + before + after.reduce((sum, seconds) => sum + seconds, 0);
    },
  };
}

/** Any plan, where nothing of it counts. */
const ANY: Steps = { rounds: 1, stepsPerRound: 1, fineTune: 1 };

/** Cases that are tested in a cell. */
function testsOf({ mode }: PlannedCell, { fold, roles }: Pick<GroupCostsOptions, "fold" | "roles">): number {
  const testsAt = (places: readonly number[]) => places.reduce((sum, place) => sum + fold[place].test.length, 0);
  if (mode !== "local") return testsAt(roles.tested);
  const tuned = tunedAlone(roles);
  return roles.testedOn === "all" ? tuned.length * testsAt(roles.tested) : testsAt(tuned);
}

/** Networks that are fine-tuned in a cell; sites without labels may take part where sites do it together. */
function networksOf(
  { mode }: PlannedCell,
  { fold, roles, unlabelled }: Pick<GroupCostsOptions, "fold" | "roles"> & { unlabelled: boolean },
): number {
  if (mode === "local") return tunedAlone(roles).length;
  if (mode === "pooled") return 1;
  return unlabelled ? fold.length : roles.labelled.length;
}
