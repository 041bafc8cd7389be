/**
 * The method's tables: `deno task evaluate --dataset DIR --methods scratch,local,fcl --labelled 1,2,4 --out DIR`.
 *
 * Every group of cells (one pre-training, fold and seed) is a process of its own; a cell's rows are written as it ends,
 * and the same command goes on where it was interrupted. README.md beside this file is the reviewer's guide.
 *
 * @module
 */
import { join, resolve } from "@std/path";
import deno from "../../deno.json" with { type: "json" };
import { UsageError } from "../../src/cli/command.ts";
import { engineOf } from "../../src/cli/flags/engine.ts";
import { defineCommand, oneOf } from "../../src/cli/flags/mod.ts";
import { interruption } from "../../src/cli/interruption.ts";
import { requireFolder } from "../../src/cli/output_file.ts";
import { pacedLines } from "../../src/cli/paced_lines.ts";
import { memoryLimit } from "../../src/core/memory_limit.ts";
import { requirePermissions } from "../../src/core/permissions.ts";
import { mirrorAxes } from "../../src/data/augmentation/mirror.ts";
import { checkCases } from "../../src/data/checks/check_cases.ts";
import { checkLabels } from "../../src/data/checks/check_labels.ts";
import type { FoldSplit } from "../../src/data/folds.ts";
import type { Mode } from "../../src/evaluation/cell.ts";
import { labelUseOf } from "../../src/evaluation/plan/label_use.ts";
import { planCells } from "../../src/evaluation/plan/cells.ts";
import { type SiteRoles, tunedAlone } from "../../src/evaluation/plan/roles.ts";
import { Results } from "../../src/evaluation/results/results.ts";
import { workThrough } from "../../src/studies/work.ts";
import { requireWorked } from "../_worked.ts";
import { planBudget, type PlanBudgetOptions } from "./_budget.ts";
import { type Evaluation, type EvaluationRequest, openEvaluation, protocolFor } from "./_evaluation.ts";
import { type EvaluateFlags, evaluateFlags } from "./_flags.ts";
import { groupsOf, launchGroup } from "./_group.ts";
import { Progress } from "./_progress.ts";
import { report } from "./_report.ts";
import { keptBudget, noteEngine, requireSame } from "./_same.ts";

function siteDivision({ sites, siteCount, alpha }: EvaluateFlags): EvaluationRequest["sites"] {
  if (sites !== undefined) return { division: sites, count: siteCount ?? 10, alpha: alpha ?? 0.5 };
  const idle = siteCount !== undefined ? "site-count" : alpha !== undefined ? "alpha" : undefined;
  if (idle !== undefined) throw new UsageError(`the flag --${idle} is for sites that --sites makes`);
}

/** There must be as many labelled cases as the flag asks for, at every site that is fine-tuned with them. */
function requireLabelled(labelled: readonly number[], modes: readonly Mode[], folds: FoldSplit[][], roles: SiteRoles) {
  const alone = tunedAlone(roles);
  if (modes.includes("local") && alone.length === 0) {
    throw new UsageError(
      "the flag --mode must not be local where no site that has labels is tested; --tested-on all tests all on the " +
        "tested sites' cases",
    );
  }
  const places = modes.every((mode) => mode === "local") ? alone : roles.labelled;
  const tuned = folds.flatMap((sites) => places.map((place) => sites[place]));
  const most = Math.max(...labelled), least = Math.min(...tuned.map((site) => site.labelled.length));
  if (most <= least) return;
  const { site } = tuned.find((one) => one.labelled.length === least)!;
  throw new UsageError(
    `the flag --labelled must be at most what each site has to train on, ${least} at site ${site}, got ${most}`,
  );
}

/** The request with what its minutes have planned, as the folder keeps it, else now; what is open becomes that. */
async function budgeted(
  evaluation: Evaluation,
  { minutes, ...options }: Omit<PlanBudgetOptions, "minutes"> & { minutes?: number },
): Promise<{ request: EvaluationRequest; evaluation: Evaluation }> {
  const { request } = options;
  const kept = await keptBudget(request.out, minutes);
  if (minutes === undefined) return { request, evaluation };
  const budget = kept ?? await planBudget(evaluation, { ...options, minutes });
  return { request: { ...request, budget }, evaluation: await openEvaluation({ ...request, budget }) };
}

async function evaluate(flags: EvaluateFlags, args: readonly string[]): Promise<void> {
  requirePermissions("running the evaluation", ["run"]); // long before the first group starts
  await requireFolder(flags.out, "making the folder of results");
  const { methods, mode: modes, labelled, seeds, development, parallel } = flags;
  const against = flags.against === undefined ? undefined : oneOf("against", methods, flags.against);
  const asked: EvaluationRequest = {
    dataset: resolve(flags.dataset),
    protocol: flags.protocol ?? await protocolFor(resolve(flags.dataset)),
    methods,
    development,
    sites: siteDivision(flags),
    split: {
      ...(flags.labelledSites && { labelledSites: flags.labelledSites }),
      ...(flags.testedOn && { testedOn: flags.testedOn }),
    },
    engine: engineOf(flags),
    out: resolve(flags.out),
  };
  const opened = await openEvaluation(asked);
  const { dataset: { cases, labels, notes = [] }, plan: preparation, patch } = opened;
  const { warnings } = await checkCases(cases, {
    ...{ plan: preparation, patch, classes: labels.size + 1, memory: memoryLimit() },
    softLabels: methods.some((method) => opened.methods.get(method)!.fineTune.softLabels),
  });
  const { folds = opened.folds.length } = flags;
  if (folds > opened.folds.length) {
    throw new UsageError(`the flag --folds must be at most the protocol's ${opened.folds.length}, got ${folds}`);
  }
  const run = opened.folds.slice(0, folds);
  requireLabelled(labelled, modes, run, opened.roles);
  const read = labelUseOf({ folds: run, cases, modes, roles: opened.roles });
  const together = !modes.includes("local");
  const onProgress = pacedLines(({ step, steps }) => `checked ${step} of ${steps} label files`);
  const { warnings: ofLabels } = await checkLabels(read, opened.dataset, { together, onProgress });
  const mirrored = new Set(
    methods.flatMap((method) => mirrorAxes(opened.methods.get(method)!.fineTune.mirror ?? [], labels).reason ?? []),
  );
  for (const warning of [...notes, ...warnings, ...ofLabels, ...mirrored]) console.error(`warning: ${warning}`);
  const plan = planCells({
    methods,
    folds,
    modes,
    labelled,
    seeds,
    pretrainedAs: (method) => opened.methods.get(method)!.pretrainedAs,
  });
  using results = await Results.open(asked.out);
  const { request, evaluation } = await budgeted(opened, {
    ...{ request: asked, minutes: flags.minutes, cells: plan, parallel },
  });
  const { sites, engine, budget } = request;
  const command = ["deno task evaluate", ...args].join(" ");
  const conditions = { development, sites, engine, ...(budget && { budget }) };
  let begun = await requireSame(request.out, evaluation, { conditions, command });

  using interruptions = interruption();
  const { signal: interrupted } = interruptions;
  const progress = new Progress(plan, results, parallel);
  const worked = await workThrough(groupsOf(progress.remaining), {
    parallel,
    signal: interrupted,
    carryOut: async (cells, signal) => {
      for await (const event of launchGroup({ request, cells }, { signal })) {
        if (event.kind === "engine") {
          begun = await noteEngine(request.out, begun, event.engine);
          continue;
        }
        if (event.kind === "cell") await results.add(event.cell, event.rows, event.cost, event);
        progress.tell(cells[0], event);
      }
    },
  });
  if (results.rows.length > 0) {
    await report(request.out, results, { begun, version: deno.version, evaluation, against, engine, budget });
  }
  requireWorked(worked, { what: "the evaluation", interrupted });
  console.log(`wrote ${join(request.out, "results.md")} and results.html`);
}

/** The command. */
export const evaluateCommand = defineCommand({
  name: "evaluate",
  does: "how methods do on a data set, as tables: which is ahead with few labels, and by how much",
  notes: ["The same command goes on where it was interrupted. The reviewer's guide is scripts/evaluate/README.md."],
  flags: evaluateFlags,
  example: "--dataset PATH/TO/acdc --methods scratch,local,fcl --labelled 1,2,4 --out out/acdc",
  run: ({ flags, args }) => evaluate(flags, args),
});

if (import.meta.main) await evaluateCommand.main();
