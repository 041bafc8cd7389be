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
import { EXIT, parseFlags, runCommand, UsageError } from "../../src/cli/command.ts";
import { ENGINE_FLAGS, ENGINE_HELP, readEngineFlags } from "../../src/cli/engine_flags.ts";
import { interruption } from "../../src/cli/interruption.ts";
import type { FoldSplit } from "../../src/data/folds.ts";
import { type DivisionName, divisions } from "../../src/data/sites/registry.ts";
import { type Mode, MODES } from "../../src/evaluation/cell.ts";
import { planCells } from "../../src/evaluation/plan/cells.ts";
import { Results } from "../../src/evaluation/results/results.ts";
import { workThrough } from "../../src/studies/work.ts";
import { oneOf, whole } from "../_flags.ts";
import { requireWorked } from "../_worked.ts";
import { type EvaluationRequest, openEvaluation, protocolFor } from "./_evaluation.ts";
import { groupsOf, launchGroup } from "./_group.ts";
import { Progress } from "./_progress.ts";
import { report } from "./_report.ts";
import { noteEngine, requireSame } from "./_same.ts";

const USAGE = "evaluate --dataset DIR [--methods LIST] [--labelled LIST] [--mode LIST] [--folds N] [--seeds LIST] …";

const HELP = [
  "  --dataset DIR       a Decathlon or nnU-Net raw dataset",
  "  --methods LIST      scratch, an objective (fcl, local, simclr, …), or a method of the protocol (scratch,local,fcl)",
  "  --labelled LIST     labelled cases a site (1,2,4)",
  `  --mode LIST         how sites fine-tune: ${MODES.join(", ")} (local)`,
  "  --folds N           folds to run, the first N of the protocol's (all)",
  "  --seeds LIST        seeds of training (11)",
  "  --protocol NAME     data, network and budget: a name of scripts/evaluate/protocols, or a file",
  "                      (the one named as the data set, else default)",
  `  --sites DIVISION    make sites instead of taking the data set's: ${Object.keys(divisions).join(", ")}`,
  "  --site-count N      with --sites: how many (10)",
  "  --alpha X           with --sites quantity or label-volume: Dirichlet's alpha (0.5)",
  "  --development       the subjects that the protocol holds back to choose schedules on",
  "  --parallel N        processes at a time (as many as there are cores)",
  "  --against METHOD    the method of the paired tests (fcl, where it is among the methods)",
  ...ENGINE_HELP,
  "  --out DIR           results, pre-trained encoders and the report; the same command goes on there",
];

function list(flag: string, value: string): string[] {
  const items = value.split(",").map((item) => item.trim());
  if (items.every((item) => item !== "") && new Set(items).size === items.length) return items;
  throw new UsageError(`the flag --${flag} must list different things, with commas (got: ${value})`);
}

function numbers(flag: string, value: string): number[] {
  return list(flag, value).map((item) => whole(flag, item)!);
}

function siteDivision(flags: Record<string, string | boolean | undefined>): EvaluationRequest["sites"] {
  const { sites, alpha = "0.5" } = flags as Record<string, string | undefined>;
  const count = whole("site-count", flags["site-count"] as string | undefined) ?? 10;
  if (sites === undefined) {
    const idle = ["site-count", "alpha"].find((flag) => flags[flag] !== undefined);
    if (idle !== undefined) throw new UsageError(`the flag --${idle} is for sites that --sites makes`);
    return undefined;
  }
  const division = oneOf("sites", Object.keys(divisions) as DivisionName[], sites);
  if (!(Number(alpha) > 0 && Number(alpha) < Infinity)) {
    throw new UsageError(`the flag --alpha must be a positive number (got: ${alpha})`);
  }
  return { division, count, alpha: Number(alpha) };
}

/** There must be as many labelled cases as the flag asks for, at every site that is fine-tuned. */
function requireLabelled(labelled: readonly number[], modes: readonly Mode[], folds: FoldSplit[][], tested: number) {
  const tuned = folds.flatMap((sites) => modes.every((mode) => mode === "local") ? sites.slice(0, tested) : sites);
  const most = Math.max(...labelled), least = Math.min(...tuned.map((site) => site.labelled.length));
  if (most <= least) return;
  const { site } = tuned.find((one) => one.labelled.length === least)!;
  throw new UsageError(
    `the flag --labelled must be at most what each site has to train on, ${least} at site ${site} (got: ${most})`,
  );
}

await runCommand(async () => {
  const parsed = parseFlags(Deno.args, {
    usage: USAGE,
    help: HELP,
    boolean: ["development"],
    string: [
      ...ENGINE_FLAGS,
      "dataset",
      "methods",
      "labelled",
      "mode",
      "folds",
      "seeds",
      "protocol",
      "sites",
      "site-count",
    ]
      .concat("alpha", "parallel", "against", "out"),
  });
  const flags = parsed.flags as Record<string, string | undefined>;
  const { dataset, out } = flags;
  if (dataset === undefined || out === undefined) {
    throw new UsageError(`the flags --dataset and --out must be given; usage: ${USAGE}`);
  }
  const methods = list("methods", flags.methods ?? "scratch,local,fcl");
  const request: EvaluationRequest = {
    dataset: resolve(dataset),
    protocol: flags.protocol ?? await protocolFor(resolve(dataset)),
    methods,
    development: parsed.flags.development === true,
    sites: siteDivision(parsed.flags),
    engine: readEngineFlags(parsed, USAGE),
    out: resolve(out),
  };
  const evaluation = await openEvaluation(request);
  const folds = whole("folds", flags.folds) ?? evaluation.folds.length;
  if (folds > evaluation.folds.length) {
    throw new UsageError(`the flag --folds must be at most the protocol's ${evaluation.folds.length} (got: ${folds})`);
  }
  const modes = list("mode", flags.mode ?? "local").map((mode) => oneOf("mode", MODES, mode));
  const labelled = numbers("labelled", flags.labelled ?? "1,2,4");
  requireLabelled(labelled, modes, evaluation.folds.slice(0, folds), evaluation.tested);
  const plan = planCells({
    methods,
    folds,
    modes,
    labelled,
    seeds: numbers("seeds", flags.seeds ?? "11"),
    pretrainedAs: (method) => evaluation.methods.get(method)!.pretrainedAs,
  });
  const parallel = whole("parallel", flags.parallel) ?? navigator.hardwareConcurrency;
  const against = flags.against === undefined ? undefined : oneOf("against", methods, flags.against);
  const { development, sites, engine } = request;
  using results = await Results.open(request.out);
  const command = ["deno task evaluate", ...Deno.args].join(" ");
  let begun = await requireSame(request.out, evaluation, { conditions: { development, sites, engine }, command });

  const { signal: interrupted } = interruption();
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
        if (event.kind === "cell") await results.add(event.cell, event.rows, event.cost);
        progress.tell(cells[0], event);
      }
    },
  });
  if (results.rows.length > 0) {
    await report(request.out, results, { begun, version: deno.version, evaluation, against, engine });
  }
  requireWorked(worked, { what: "the evaluation", interrupted });
  console.log(`wrote ${join(request.out, "results.md")} and results.html`);
  Deno.exit(EXIT.ok);
});
