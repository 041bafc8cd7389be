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
import { UserError } from "../../src/core/errors.ts";
import { writePhantomCohort } from "../../src/data/phantom/cohort.ts";
import { whole } from "../_flags.ts";
import { BUDGET, conditions, isSame, type Result, type Run, SITES } from "./_study.ts";
import { render } from "./_table.ts";

const USAGE = "attack [--data DIR] [--seeds 31,32] [--out out/attack] [--parallel N]";
const RUN = fromFileUrl(new URL("run.ts", import.meta.url));
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

/** Phantoms of a seed, made at their first use. */
async function cohort(out: string, seed: number): Promise<string> {
  const directory = join(out, `phantoms-${seed}`);
  if (await readText(join(directory, "dataset.json")) === "") {
    await writePhantomCohort(directory, { seed, sites: SITES, casesPerSite: PHANTOMS_PER_SITE });
  }
  return directory;
}

async function carryOut(run: Run): Promise<Result> {
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", "--allow-read", "--allow-write", "--allow-env", "--allow-sys", RUN]
      .concat(JSON.stringify(run)),
    stderr: "inherit",
  }).output();
  const last = new TextDecoder().decode(stdout).trimEnd().split("\n").at(-1)!;
  if (code === 0) return JSON.parse(last);
  throw new UserError("running the study: every run must come to its end", {
    where: `seed ${run.seed}, ${run.condition.name}`,
    value: `exit code ${code}`,
  });
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
  const path = join(out, `${dataset}.jsonl`);
  const lines = (await readText(path)).split("\n").filter((line) => line !== "");
  const results: Result[] = lines.map((line) => JSON.parse(line));
  const todo: Run[] = [];
  for (const condition of conditions) {
    for (const seed of seeds) {
      const directory = join(out, `${dataset}-${seed}-${condition.name.replaceAll(/\W+/g, "-")}`);
      const run = { condition, seed, data: data ?? await cohort(out, seed), directory, ...BUDGET };
      if (!results.some((result) => isSame(result, run))) todo.push(run);
    }
  }
  const work = async () => {
    for (let run = todo.shift(); run; run = todo.shift()) {
      const { directory, seed, condition } = run;
      // of an interrupted run: its trainers would go on from where they were
      await Deno.remove(directory, { recursive: true }).catch(() => {});
      const result = await carryOut(run);
      results.push(result);
      await Deno.writeTextFile(path, JSON.stringify(result) + "\n", { append: true });
      await Deno.remove(directory, { recursive: true });
      console.log(`seed ${seed}, ${condition.name}: ${result.seconds.toFixed(0)} s, ${todo.length} to begin`);
    }
  };
  await Promise.all(Array.from({ length: parallel }, work));
  const page = fromFileUrl(new URL(`${dataset}.md`, import.meta.url));
  const [, meaning] = (await readText(page)).split(MEANING);
  const command = ["deno task attack", ...Deno.args].join(" ");
  const version = { syncytium: deno.version, deno: Deno.version.deno };
  const chosen = results.filter(({ seed }) => seeds.includes(seed));
  const tables = render(chosen, { command, budget: BUDGET, dataset, version });
  await Deno.writeTextFile(page, tables + (meaning === undefined ? "" : `\n${MEANING}${meaning}`));
  console.log(`wrote ${page}`);
  Deno.exit(EXIT.ok);
});
