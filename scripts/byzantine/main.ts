/**
 * Two liars among eight sites, in real training: `deno task byzantine [--seeds 21,22] [--out DIR] [--parallel N]`.
 *
 * Every run is a process of its own, and its line is written as it comes: the same command goes on where it was
 * interrupted. The table stands beside this file as phantoms.md.
 *
 * @module
 */
import { fromFileUrl, join, resolve } from "@std/path";
import deno from "../../deno.json" with { type: "json" };
import { EXIT, parseFlags, runCommand, UsageError } from "../../src/cli/command.ts";
import { interruption } from "../../src/cli/interruption.ts";
import { runStudy } from "../../src/studies/study.ts";
import { phantomsOf } from "../_phantoms.ts";
import { requireWorked } from "../_worked.ts";
import { BUDGET, conditions, isSame, type Result, type Run, SITES } from "./_study.ts";
import { render } from "./_table.ts";

const USAGE = "byzantine [--seeds 21,22] [--out out/byzantine] [--parallel N]";
const PAGE = fromFileUrl(new URL("phantoms.md", import.meta.url));
const RUN = fromFileUrl(new URL("run.ts", import.meta.url));
const PERMISSIONS = ["--allow-read", "--allow-write", "--allow-env", "--allow-sys"];

function wholeNumbers(text: string, flag: string): number[] {
  const values = text.split(",").map(Number);
  if (values.every((value) => Number.isSafeInteger(value) && value > 0)) return values;
  throw new UsageError(`the flag --${flag} must hold whole numbers from 1 (got: ${text}); usage: ${USAGE}`);
}

await runCommand(async () => {
  const { flags } = parseFlags(Deno.args, {
    usage: USAGE,
    help: [
      "  --seeds A,B     seeds of phantoms, splits, weights and attacks (21,22)",
      "  --out DIR       where results.jsonl and the phantoms go (out/byzantine)",
      "  --parallel N    runs at a time, one thread each (cores)",
    ],
    string: ["seeds", "out", "parallel"],
  });
  const seeds = wholeNumbers(String(flags.seeds ?? "21,22"), "seeds");
  const [parallel] = wholeNumbers(String(flags.parallel ?? navigator.hardwareConcurrency), "parallel");
  const out = resolve(String(flags.out ?? "out/byzantine"));
  await Deno.mkdir(out, { recursive: true });
  const runs: Run[] = [];
  for (const seed of seeds) {
    const data = await phantomsOf(seed, { out, sites: SITES, casesPerSite: BUDGET.casesPerSite });
    for (const condition of conditions) {
      const directory = join(out, `${seed}-${condition.rule}-${condition.behaviour}`);
      runs.push({ seed, ...condition, ...BUDGET, data, directory });
    }
  }
  const { signal } = interruption();
  const nameOf = ({ seed, rule, behaviour }: Run) => `seed ${seed}, ${rule}, ${behaviour}`;
  const studied = await runStudy<Run, Result>(runs, {
    ...{ file: join(out, "results.jsonl"), script: RUN, permissions: PERMISSIONS, isOf: isSame, nameOf },
    ...{ parallel, signal },
    tell: ({ seconds }, run, left) => console.log(`${nameOf(run)}: ${seconds.toFixed(0)} s, ${left} left`),
  });
  requireWorked(studied, { what: "the study", interrupted: signal });
  const command = ["deno task byzantine", ...Deno.args].join(" ");
  const version = { syncytium: deno.version, deno: Deno.version.deno };
  const chosen = studied.results.filter(({ seed }) => seeds.includes(seed));
  await Deno.writeTextFile(PAGE, render(chosen, { command, budget: BUDGET, version }));
  console.log(`wrote ${PAGE}`);
  Deno.exit(EXIT.ok);
});
