/**
 * What a curious member learns: `deno task attack [--data DIR] [--seeds 31,32] [--out DIR] [--parallel N]`.
 *
 * Every run is a process of its own, and its line is written as it comes: the same command goes on where it was
 * interrupted. The page stands beside this file under the dataset's name; what somebody wrote on it from "What it
 * means" on is kept.
 *
 * @module
 */
import { basename, fromFileUrl, join, resolve } from "@std/path";
import deno from "../../deno.json" with { type: "json" };
import { EXIT, parseFlags, runCommand, UsageError } from "../../src/cli/command.ts";
import { interruption } from "../../src/cli/interruption.ts";
import { runStudy } from "../../src/studies/study.ts";
import { whole } from "../_flags.ts";
import { phantomsOf } from "../_phantoms.ts";
import { requireWorked } from "../_worked.ts";
import { BUDGET, conditions, isSame, type Result, type Run, SITES } from "./_study.ts";
import { render } from "./_table.ts";

const USAGE = "attack [--data DIR] [--seeds 31,32] [--out out/attack] [--parallel N]";
const RUN = fromFileUrl(new URL("run.ts", import.meta.url));
const PERMISSIONS = ["--allow-read", "--allow-write", "--allow-env", "--allow-sys"];
const MEANING = "## What it means";
const PHANTOMS_PER_SITE = 24;

async function readText(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}

await runCommand(async () => {
  const { flags } = parseFlags(Deno.args, {
    usage: USAGE,
    help: [
      "  --data DIR      a dataset with labels, in any layout that the demo takes (phantoms of each seed)",
      "  --seeds A,B     seeds of splits, weights and attacks (31,32)",
      "  --out DIR       where the results' lines and the phantoms go (out/attack)",
      "  --parallel N    runs at a time, one thread each (1)",
    ],
    string: ["data", "seeds", "out", "parallel"],
  });
  const seeds = String(flags.seeds ?? "31,32").split(",").map((seed) => whole("seeds", seed)!);
  if (new Set(seeds).size < seeds.length) throw new UsageError(`the flag --seeds must name each seed once`);
  const parallel = whole("parallel", flags.parallel as string | undefined) ?? 1;
  const out = resolve(String(flags.out ?? "out/attack"));
  await Deno.mkdir(out, { recursive: true });
  const data = flags.data === undefined ? undefined : resolve(String(flags.data));
  const dataset = data === undefined ? "phantoms" : basename(data);
  const runs: Run[] = [];
  for (const condition of conditions) {
    for (const seed of seeds) {
      const directory = join(out, `${dataset}-${seed}-${condition.name.replaceAll(/\W+/g, "-")}`);
      const phantoms = { out, sites: SITES, casesPerSite: PHANTOMS_PER_SITE };
      runs.push({ condition, seed, data: data ?? await phantomsOf(seed, phantoms), directory, ...BUDGET });
    }
  }
  const { signal } = interruption();
  const nameOf = ({ seed, condition }: Run) => `seed ${seed}, ${condition.name}`;
  const studied = await runStudy<Run, Result>(runs, {
    ...{ file: join(out, `${dataset}.jsonl`), script: RUN, permissions: PERMISSIONS, isOf: isSame, nameOf },
    ...{ parallel, signal },
    tell: ({ seconds }, run, left) => console.log(`${nameOf(run)}: ${seconds.toFixed(0)} s, ${left} left`),
  });
  requireWorked(studied, { what: "the study", interrupted: signal });
  const page = fromFileUrl(new URL(`${dataset}.md`, import.meta.url));
  const [, meaning] = (await readText(page)).split(MEANING);
  const command = ["deno task attack", ...Deno.args].join(" ");
  const version = { syncytium: deno.version, deno: Deno.version.deno };
  const chosen = studied.results.filter(({ seed }) => seeds.includes(seed));
  const tables = render(chosen, { command, budget: BUDGET, dataset, version });
  await Deno.writeTextFile(page, tables + (meaning === undefined ? "" : `\n${MEANING}${meaning}`));
  console.log(`wrote ${page}`);
  Deno.exit(EXIT.ok);
});
