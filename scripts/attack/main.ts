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
import { defineCommand, path, type Values, withDefault } from "../../src/cli/flags/mod.ts";
import { dataset, parallel, seeds } from "../../src/cli/flags/shared.ts";
import { interruption } from "../../src/cli/interruption.ts";
import { runStudy } from "../../src/studies/study.ts";
import { phantomsOf } from "../_phantoms.ts";
import { requireWorked } from "../_worked.ts";
import { BUDGET, conditions, isSame, type Result, type Run, SITES } from "./_study.ts";
import { render } from "./_table.ts";

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

const attackFlags = {
  data: { ...dataset, shown: "phantoms of each seed" },
  seeds: withDefault(seeds("seeds of splits, weights and attacks"), [31, 32]),
  out: withDefault(path("DIR", "where the results' lines and the phantoms go"), "out/attack"),
  parallel: withDefault(parallel, 1),
};

async function study(flags: Values<typeof attackFlags>, args: readonly string[]): Promise<void> {
  const { seeds, parallel } = flags;
  const out = resolve(flags.out);
  await Deno.mkdir(out, { recursive: true });
  const data = flags.data === undefined ? undefined : resolve(flags.data);
  const dataset = data === undefined ? "phantoms" : basename(data);
  const runs: Run[] = [];
  for (const condition of conditions) {
    for (const seed of seeds) {
      const directory = join(out, `${dataset}-${seed}-${condition.name.replaceAll(/\W+/g, "-")}`);
      const phantoms = { out, sites: SITES, casesPerSite: PHANTOMS_PER_SITE };
      runs.push({ condition, seed, data: data ?? await phantomsOf(seed, phantoms), directory, ...BUDGET });
    }
  }
  using interrupted = interruption();
  const { signal } = interrupted;
  const nameOf = ({ seed, condition }: Run) => `seed ${seed}, ${condition.name}`;
  const studied = await runStudy<Run, Result>(runs, {
    ...{ file: join(out, `${dataset}.jsonl`), script: RUN, permissions: PERMISSIONS, isOf: isSame, nameOf },
    ...{ parallel, signal },
    tell: ({ seconds }, run, left) => console.log(`${nameOf(run)}: ${seconds.toFixed(0)} s, ${left} left`),
  });
  requireWorked(studied, { what: "the study", interrupted: signal });
  const page = fromFileUrl(new URL(`${dataset}.md`, import.meta.url));
  const [, meaning] = (await readText(page)).split(MEANING);
  const command = ["deno task attack", ...args].join(" ");
  const version = { syncytium: deno.version, deno: Deno.version.deno };
  const chosen = studied.results.filter(({ seed }) => seeds.includes(seed));
  const tables = render(chosen, { command, budget: BUDGET, dataset, version });
  await Deno.writeTextFile(page, tables + (meaning === undefined ? "" : `\n${MEANING}${meaning}`));
  console.log(`wrote ${page}`);
}

/** The command. */
export const attack = defineCommand({
  name: "attack",
  does: "what a curious member learns of the other sites, in real training, as a table",
  notes: ["The same command goes on where it was interrupted."],
  flags: attackFlags,
  example: "--data DIR --parallel 2",
  run: ({ flags, args }) => study(flags, args),
});

if (import.meta.main) await attack.main();
