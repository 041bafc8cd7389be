/**
 * Two liars among eight sites, in real training: `deno task byzantine [--seeds 21,22] [--out DIR] [--parallel N]`.
 *
 * Every run is a process of its own, and its line is written as it comes: the same command goes on where it was
 * interrupted. The table stands beside this file as phantoms.md.
 *
 * @module
 */
import { TextLineStream } from "@std/streams/text-line-stream";
import { fromFileUrl, join, resolve } from "@std/path";
import deno from "../../deno.json" with { type: "json" };
import { EXIT, parseFlags, runCommand, UsageError } from "../../src/cli/command.ts";
import { UserError } from "../../src/core/errors.ts";
import { writePhantomCohort } from "../../src/data/phantom/cohort.ts";
import { BUDGET, conditions, isSame, type Result, type Run, SITES } from "./_study.ts";
import { render } from "./_table.ts";

const USAGE = "byzantine [--seeds 21,22] [--out out/byzantine] [--parallel N]";
const PAGE = fromFileUrl(new URL("phantoms.md", import.meta.url));
const RUN = fromFileUrl(new URL("run.ts", import.meta.url));

function wholeNumbers(text: string, flag: string): number[] {
  const values = text.split(",").map(Number);
  if (values.every((value) => Number.isSafeInteger(value) && value > 0)) return values;
  throw new UsageError(`the flag --${flag} must hold whole numbers from 1 (got: ${text}); usage: ${USAGE}`);
}

async function readResults(path: string): Promise<Result[]> {
  try {
    const lines = (await Deno.readTextFile(path)).split("\n").filter((line) => line !== "");
    return lines.map((line) => JSON.parse(line));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** The cohort of a seed, made at its first use. */
async function cohort(out: string, seed: number): Promise<string> {
  const directory = join(out, `phantoms-${seed}`);
  const done = await Deno.stat(join(directory, "dataset.json")).then(() => true, () => false);
  if (!done) await writePhantomCohort(directory, { seed, sites: SITES, casesPerSite: BUDGET.casesPerSite });
  return directory;
}

async function carryOut(run: Run): Promise<Result> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", "--allow-read", "--allow-write", "--allow-env", "--allow-sys", RUN]
      .concat(JSON.stringify(run)),
    stdin: "null",
    stdout: "piped",
  }).spawn();
  const lines: ReadableStream<string> = child.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(
    new TextLineStream(),
  );
  const last = (await Array.fromAsync(lines)).at(-1);
  const { code } = await child.status;
  if (code === 0 && last !== undefined) return JSON.parse(last);
  throw new UserError("running the study: every run must come to its end", {
    where: `seed ${run.seed}, ${run.rule}, ${run.behaviour}`,
    value: `exit code ${code}`,
  });
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
  const path = join(out, "results.jsonl");
  const results = await readResults(path);
  const todo: Run[] = [];
  for (const seed of seeds) {
    const data = await cohort(out, seed);
    for (const condition of conditions) {
      const directory = join(out, `${seed}-${condition.rule}-${condition.behaviour}`);
      const run = { seed, ...condition, ...BUDGET, data, directory };
      if (!results.some((result) => isSame(result, run))) todo.push(run);
    }
  }
  const work = async () => {
    for (let run = todo.shift(); run; run = todo.shift()) {
      const { directory, seed, rule, behaviour } = run;
      // of an interrupted run: its trainers would go on from where they were, the rule would not
      await Deno.remove(directory, { recursive: true }).catch(() => {});
      const result = await carryOut(run);
      results.push(result);
      await Deno.writeTextFile(path, JSON.stringify(result) + "\n", { append: true });
      await Deno.remove(directory, { recursive: true });
      console.log(`seed ${seed}, ${rule}, ${behaviour}: ${result.seconds.toFixed(0)} s, ${todo.length} to begin`);
    }
  };
  await Promise.all(Array.from({ length: parallel }, work));
  const command = ["deno task byzantine", ...Deno.args].join(" ");
  const version = { syncytium: deno.version, deno: Deno.version.deno };
  const chosen = results.filter(({ seed }) => seeds.includes(seed));
  await Deno.writeTextFile(PAGE, render(chosen, { command, budget: BUDGET, version }));
  console.log(`wrote ${PAGE}`);
  Deno.exit(EXIT.ok);
});
