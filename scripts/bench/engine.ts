/**
 * How fast the engines are, against PyTorch where there is one: `deno task bench engine --help`.
 *
 * Engines and PyTorch are processes of their own that take turns at the same work, a round after the other. With --json
 * each figure is a line; see `Figure` in `figures.ts`. `scripts/bench/engine.md` is what
 *
 *     deno task --quiet bench engine --markdown > scripts/bench/engine.md
 *
 * printed on an otherwise idle machine.
 *
 * @module
 */

import { defineCommand } from "../../src/cli/flags/mod.ts";
import { messageOf, UserError } from "../../src/core/errors.ts";
import type { Case } from "./cases.ts";
import { type Candidate, findCandidates } from "./contestants.ts";
import { type Figure, figuresOf, isPytorch, shareFigures } from "./figures.ts";
import { describeMachine } from "./machine.ts";
import type { MeasuredProcess, RunAnswer } from "./measured_process.ts";
import { benchFlags, type BenchOptions, optionsOf } from "./_options.ts";
import { render } from "./_report.ts";
import { type Contestant, takeTurns } from "./turns.ts";

/** An engine that was not named is spared a case of which one run would take longer; seconds. */
const LONGEST_RUN = 60;

/** What is shown of a case as soon as it is measured. */
function brief({ engine, value, ratioToPyTorch, ratioToFastestPyTorch = ratioToPyTorch }: Figure): string {
  const fastest = ratioToFastestPyTorch === ratioToPyTorch
    ? ""
    : ` (${ratioToFastestPyTorch?.toFixed(2)} x its fastest)`;
  const ratio = ratioToPyTorch === undefined ? "" : `, ${ratioToPyTorch.toFixed(2)} x PyTorch's speed${fastest}`;
  return `${engine}: ${value.toFixed(2)} ms${ratio}`;
}

/** Why a candidate is not to run a case; undefined if it is. */
function reasonToSkip(one: Case, { name, gflops }: Candidate, { engines }: BenchOptions): string | undefined {
  if (isPytorch(name)) return one.kind === "batch" ? "" : undefined; // there is nothing to compare: no note
  const seconds = (one.operations ?? 0) / ((gflops ?? Infinity) * 1e9);
  if (engines || seconds < LONGEST_RUN) return undefined;
  return `a run would take about ${Math.round(seconds)} s; --engine ${name} runs it`;
}

/** The figures of one case, from everybody who can run it. */
async function measureCase(
  one: Case,
  candidates: readonly Candidate[],
  options: BenchOptions,
  note: (text: string) => void,
): Promise<Figure[]> {
  const report = (name: string, reason: string) => {
    if (reason !== "") note(`${name}, ${one.name}, ${one.metric}: ${reason}`);
  };
  const processes: MeasuredProcess[] = [];
  const contestants: Contestant[] = [];
  try {
    for (const candidate of candidates) {
      const { name } = candidate;
      const reason = reasonToSkip(one, candidate, options);
      if (reason !== undefined) {
        report(name, reason);
        continue;
      }
      const process = candidate.start();
      processes.push(process);
      try {
        await process.ask({ do: "prepare", case: one });
        contestants.push({ name, run: (seconds) => process.ask<RunAnswer>({ do: "run", seconds }) });
      } catch (error) {
        report(name, messageOf(error));
      }
    }
    return figuresOf(one, await takeTurns(contestants, { rounds: options.repeats, onFailure: report }));
  } finally {
    await Promise.all(processes.map((process) => process.stop()));
  }
}

async function bench(options: BenchOptions, args: readonly string[]): Promise<void> {
  const startedAt = new Date().toISOString();
  const machine = describeMachine();
  const notes: string[] = [];
  const note = (text: string) => {
    notes.push(text);
    console.error(text);
  };
  const candidates = await findCandidates(options, (name, reason) => note(`${name}: ${reason}`));
  if (!candidates.some(({ name }) => !isPytorch(name))) {
    throw new UserError("running the benchmark: no engine works here");
  }

  const figures: Figure[] = [];
  const add = (some: readonly Figure[]) => {
    figures.push(...some);
    if (options.output === "json") { for (const figure of some) console.log(JSON.stringify(figure)); }
    else for (const figure of some.filter(({ unit }) => unit === "ms")) console.error(`  ${brief(figure)}`);
  };
  for (const [index, one] of options.cases.entries()) {
    console.error(`${index + 1} of ${options.cases.length}: ${one.name}, ${one.metric}`);
    add(await measureCase(one, candidates, options, note));
  }
  add(shareFigures(options.cases, figures));
  if (options.output === "json") return;
  const engines = candidates.map(({ name, detail, threads, gflops }) =>
    `${name}: ${detail}, ${threads} thread(s)${
      gflops === undefined ? "" : `, ${gflops.toFixed(0)} GFLOP/s at its start`
    }`
  );
  const command = ["deno task bench engine", ...args.filter((argument) => argument !== "--markdown")].join(" ");
  console.log(
    render({ command, startedAt, machine, engines, notes, figures }, { markdown: options.output === "markdown" }),
  );
}

/** The command. */
export const benchEngine = defineCommand({
  name: "bench engine",
  does: "the engines against each other and against PyTorch, whole training steps included",
  notes: ["Every engine that this machine has, and PyTorch where there is one, take turns at the same work."],
  flags: benchFlags,
  example: "--engine wasm --cases conv",
  run: ({ flags, args }) => bench(optionsOf(flags, Deno.env.get("PYTHON")), args),
});
