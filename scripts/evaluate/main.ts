/**
 * The method's tables: `deno task evaluate --dataset DIR --methods scratch,local,fcl --labelled 1,2,4 --out DIR`.
 *
 * Every group of cells (one method, fold and seed) is a process of its own; a cell's rows are written as it ends, and the
 * same command goes on where it was interrupted. README.md beside this file is the reviewer's guide.
 *
 * @module
 */
import { join, resolve } from "@std/path";
import canonicalize from "canonicalize";
import deno from "../../deno.json" with { type: "json" };
import { EXIT, parseFlags, runCommand, UsageError } from "../../src/cli/command.ts";
import { ENGINE_FLAGS, ENGINE_HELP, readEngineFlags } from "../../src/cli/engine_flags.ts";
import { UserError } from "../../src/core/errors.ts";
import { writeAtomically } from "../../src/core/files.ts";
import { type DivisionName, divisions } from "../../src/data/sites/registry.ts";
import { MODES } from "../../src/evaluation/cell.ts";
import type { Method } from "../../src/evaluation/protocol/protocol.ts";
import { planCells } from "../../src/evaluation/plan/cells.ts";
import { Results } from "../../src/evaluation/results/results.ts";
import { oneOf, whole } from "../_flags.ts";
import { type EvaluationRequest, openEvaluation, protocolFor } from "./_evaluation.ts";
import { groupsOf, launchGroup } from "./_group.ts";
import { Progress } from "./_progress.ts";
import { report } from "./_report.ts";

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
  if (sites === undefined) return undefined;
  const division = oneOf("sites", Object.keys(divisions) as DivisionName[], sites);
  if (!(Number(alpha) > 0)) throw new UsageError(`the flag --alpha must be a positive number (got: ${alpha})`);
  return { division, count, alpha: Number(alpha) };
}

/** What an evaluation folder was begun with, and the methods that were run in it so far. */
interface Begun {
  settings: unknown;
  methods: Record<string, Method>;
}

/** Neither settings nor a method may change while an evaluation is gone on with; methods may be added. */
async function requireSame(out: string, settings: unknown, methods: ReadonlyMap<string, Method>): Promise<void> {
  const path = join(out, "evaluation.json");
  const before = await Deno.readTextFile(path).then((text): Begun => JSON.parse(text), (error) => {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  });
  const isSame = (a: unknown, b: unknown) => canonicalize(a) === canonicalize(b);
  const refuse = (what: string) => {
    throw new UserError(`going on with an evaluation: ${what} must be as it was begun with`, {
      where: path,
      value: "they differ",
    });
  };
  if (before && !isSame(before.settings, settings)) refuse("data, protocol, sites and engine");
  for (const [name, method] of methods) {
    if (before?.methods[name] && !isSame(before.methods[name], method)) refuse(`the protocol's method ${name}`);
  }
  const begun: Begun = { settings, methods: { ...before?.methods, ...Object.fromEntries(methods) } };
  await writeAtomically(path, JSON.stringify(begun, null, 2) + "\n");
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
  const plan = planCells({
    methods,
    folds,
    modes: list("mode", flags.mode ?? "local").map((mode) => oneOf("mode", MODES, mode)),
    labelled: numbers("labelled", flags.labelled ?? "1,2,4"),
    seeds: numbers("seeds", flags.seeds ?? "11"),
    pretrainedAs: (method) => evaluation.methods.get(method)!.pretrainedAs,
  });
  const { development, sites, engine } = request;
  const { methods: _, ...protocol } = evaluation.protocol;
  using results = await Results.open(request.out);
  const settings = { dataset: evaluation.dataset.name, protocol, development, sites, engine };
  await requireSame(request.out, settings, evaluation.methods);

  const parallel = whole("parallel", flags.parallel) ?? navigator.hardwareConcurrency;
  const progress = new Progress(plan, results, parallel);
  const waiting = groupsOf(progress.remaining);
  const stopped = new AbortController();
  Deno.addSignalListener(
    "SIGINT",
    () => stopped.abort(new UserError("the evaluation was interrupted: the same command goes on")),
  );
  const work = async () => {
    for (let cells = waiting.shift(); cells && !stopped.signal.aborted; cells = waiting.shift()) {
      for await (const event of launchGroup({ request, cells }, stopped)) {
        if (event.kind === "cell") await results.add(event.cell, event.rows, event.cost);
        progress.tell(cells[0], event);
      }
    }
  };
  const command = ["deno task evaluate", ...Deno.args].join(" ");
  const write = () =>
    report(request.out, results, { command, version: deno.version, evaluation, against: flags.against, engine });
  try {
    await Promise.all(Array.from({ length: parallel }, () =>
      work().catch((error) => {
        stopped.abort(error);
        throw error;
      })));
    stopped.signal.throwIfAborted();
  } finally {
    if (results.rows.length > 0) await write();
  }
  console.log(`wrote ${join(request.out, "results.md")} and results.html`);
  Deno.exit(EXIT.ok);
});
