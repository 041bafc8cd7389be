/**
 * The flags of `deno task bench engine`, and those that it shares with `deno task bench network`.
 *
 * @module
 */

import { UsageError } from "../../src/cli/command.ts";
import { engineFlags } from "../../src/cli/flags/engine.ts";
import { choice, integer, list, number, text, toggle, type Values, withDefault } from "../../src/cli/flags/mod.ts";
import { type AdapterKind, type EngineName, engineNames } from "../../src/engine/engines/engine.ts";
import { type Case, cases, chooseCases } from "./cases.ts";

/** What PyTorch may compute on; "cuda" is float32 without tensor cores, "cuda-bf16" autocast. */
export const devices = ["cpu", "cuda", "cuda-tf32", "cuda-bf16"] as const;

/** How figures are shown; at most one. */
export const outputFlags = {
  json: toggle("a line of JSON a figure instead of tables"),
  markdown: toggle("tables as Markdown"),
};

/** The output that the flags ask for. @throws {UsageError} for two. */
export function outputOf({ json, markdown }: Values<typeof outputFlags>): "text" | "json" | "markdown" {
  if (json && markdown) throw new UsageError("only one of --json and --markdown can be");
  return json ? "json" : markdown ? "markdown" : "text";
}

/** Rounds of turns. */
export const repeats = withDefault(
  integer("N", "rounds of turns; a case that takes long has fewer, three at least", { from: 1 }),
  7,
);

/** All flags of `bench engine`. */
export const benchFlags = {
  engine: list(choice("NAMES", engineNames, "only these, and also what takes one of them more than a minute a run")),
  threads: withDefault(engineFlags.threads, navigator.hardwareConcurrency, "all cores"),
  repeats,
  cases: text("WORDS", "only the cases in whose name or metric one of the words stands, with commas"),
  adapter: withDefault(engineFlags.adapter, "hardware"),
  python: { ...text("FILE", "where PyTorch is looked for"), shown: "the variable PYTHON, or python3" },
  device: withDefault(choice("DEVICE", devices, "what PyTorch computes on"), "cpu"),
  patience: withDefault(
    number("S", "a compiled PyTorch that owes an answer for S seconds is ended, and that is said", { from: 1 }),
    600,
  ),
  ...outputFlags,
};

/** What is measured, how, and how it is shown. */
export interface BenchOptions {
  readonly output: "text" | "json" | "markdown";
  /** Named engines; undefined: every one that is found. */
  readonly engines: readonly EngineName[] | undefined;
  readonly threads: number;
  /** Rounds of turns; a case that takes long has fewer. */
  readonly repeats: number;
  readonly cases: readonly Case[];
  readonly adapter: AdapterKind;
  /** The Python in which PyTorch is looked for. */
  readonly python: string;
  readonly device: typeof devices[number];
  /** Seconds that a compiled PyTorch may take for an answer: a whole network is compiled in its first step. */
  readonly patience: number;
}

/**
 * What the flags give.
 *
 * @param defaultPython what stands in the environment variable PYTHON
 * @throws {UsageError} that names the flag, the rule and the value.
 */
export function optionsOf(flags: Values<typeof benchFlags>, defaultPython = "python3"): BenchOptions {
  const { engine: engines, threads, repeats, adapter, python = defaultPython, device, patience } = flags;
  const output = outputOf(flags);
  const chosen = chooseCases(flags.cases);
  if (chosen.length === 0) {
    const known = [...new Set(cases.map(({ name }) => name))].join("; ");
    throw new UsageError(`the flag --cases must name a part of one of: ${known}; got ${flags.cases}`);
  }
  return { output, engines, threads, repeats, cases: chosen, adapter, python, device, patience };
}
