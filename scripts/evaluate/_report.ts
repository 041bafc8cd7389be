/**
 * What an evaluation leaves for its readers.
 *
 * @module
 */
import { groupId } from "../../src/evaluation/cell.ts";
import type { EvaluationBudget } from "../../src/evaluation/budget/budget.ts";
import type { SiteRoles } from "../../src/evaluation/plan/roles.ts";
import { SCRATCH } from "../../src/evaluation/plan/cells.ts";
import type { Results } from "../../src/evaluation/results/results.ts";
import { findPretrained, pretrainingDirectory } from "../../src/evaluation/running/pretrained_file.ts";
import type { Pretraining } from "../../src/evaluation/tables/pretraining.ts";
import { distinct } from "../../src/evaluation/tables/figures.ts";
import { writeReport } from "../../src/evaluation/write_report.ts";
import { formatDuration } from "../../src/display/formats/duration.ts";
import type { EngineFlags } from "../../src/cli/flags/engine.ts";
import type { Evaluation } from "./_evaluation.ts";
import type { Begun } from "./_same.ts";

/** What a report tells beside the results. */
export interface ReportFacts {
  /** What stands in the folder: what worked in it, and with what. */
  begun: Begun;
  version: string;
  evaluation: Evaluation;
  /** The method that is tested against the others. */
  against?: string;
  /** What was asked for: all that is known where this version computed nothing in the folder. */
  engine: EngineFlags;
  /** What its minutes have planned, where they have. */
  budget?: EvaluationBudget;
}

/** What the pre-trainings in the folder `out` came to, in the order of the methods. */
async function pretrainings(out: string, results: Results): Promise<Pretraining[]> {
  const keys = new Set(results.rows.map(groupId));
  const found: Pretraining[] = [];
  for (const key of keys) {
    const kept = await findPretrained(pretrainingDirectory(out, key));
    if (kept) found.push({ method: key.split("/")[0], ...kept.record });
  }
  return found;
}

/** Which sites have labels, and which are tested on what. */
function rolesText({ labelled, tested, testedOn }: SiteRoles, sites: readonly { site: string }[]): string {
  const named = (places: readonly number[]) => {
    if (places.length === sites.length) return "all sites";
    const names = places.map((place) => sites[place].site).join(", ");
    return `${places.length === 1 ? "site" : "sites"} ${names}`;
  };
  const none = labelled.length < sites.length ? ", the others none" : "";
  const alone = testedOn === "all"
    ? "; a network that a site has fine-tuned alone is tested on the cases of all of these"
    : "";
  return `Labels at ${named(labelled)}${none}; tested at ${named(tested)}${alone}.`;
}

/** How its minutes were divided. */
function budgetText({ minutes, rounds, stepsPerRound, fineTune, pretrainShare }: EvaluationBudget): string {
  const share = `${Math.round(100 * pretrainShare)} % of training for pre-training`;
  return `Planned for ${minutes} min: ${rounds} rounds x ${stepsPerRound} steps of pre-training and ${fineTune} steps ` +
    `of fine-tuning for every method that says nothing else (${share}).`;
}

/** Writes `results.md`, `results.html` and the plots into `out`. */
export async function report(out: string, results: Results, facts: ReportFacts): Promise<void> {
  const {
    begun: { commands, engines },
    version,
    evaluation: { dataset, folds, plan, network, patch, roles },
    engine,
    budget,
  } = facts;
  const { rows, curve, finished } = results;
  const subjects = new Map(dataset.cases.map(({ id, subject }) => [id, subject]));
  const own = await pretrainings(out, results);
  const seconds = [...finished.values(), ...own].reduce((sum, cost) => sum + cost.seconds, 0);
  const methods = distinct(rows, "method");
  const method = facts.against ?? (methods.includes("fcl") ? "fcl" : methods.find((name) => name !== SCRATCH));
  const counts = (pick: "training" | "test") => {
    const numbers = [...new Set(folds[0].map((site) => site[pick].length))].sort((a, b) => a - b);
    return numbers.length > 1 ? `${numbers[0]} to ${numbers.at(-1)}` : numbers[0];
  };
  await writeReport(out, rows, {
    title: `${dataset.name}: evaluation`,
    facts: [
      `Made by ${commands.map((command) => `\`${command}\``).join(", ")}; last on ${
        new Date().toISOString().slice(0, 10)
      }.`,
      `Engine ${engines.join("; ") || (engine.engine ?? "auto")}; ${navigator.hardwareConcurrency} cores; ` +
      `syncytium ${version}, Deno ${Deno.version.deno}; ${formatDuration(seconds)} of processes' time in all.`,
      `${folds[0].length} sites with ${counts("training")} training volumes each (unlabelled). ${
        rolesText(roles, folds[0])
      } ` +
      `There are ${counts("test")} test cases each a fold; seeds ${distinct(rows, "seed").join(", ")}, ` +
      `folds ${distinct(rows, "fold").map((fold) => fold + 1).join(", ")} of ${folds.length}.`,
      ...(budget ? [budgetText(budget)] : []),
      `Voxel size ${plan.spacing?.join(" x ")} mm (x, y, z)` +
      (plan.crop ? `, the middle ${plan.crop.join(" x ")} mm of each volume` : "") +
      (plan.fieldOfView ? `; the headers' voxel size is lost: ${plan.fieldOfView} mm of in-plane extent` : "") +
      (plan.sliceSpacing ? ` and ${plan.sliceSpacing} mm between slices are assumed` : "") +
      `. Patch ${patch.join(" x ")} voxels (z, y, x), ${network.baseFilters} base filters, ${network.levels} levels.`,
    ],
    paper: /acdc/i.test(dataset.name),
    ...(method !== undefined && { method }),
    unitOf: ({ case: id }) => subjects.get(id) ?? id,
    pretrainings: own,
    finished: [...finished.values()],
    curve,
  });
}
