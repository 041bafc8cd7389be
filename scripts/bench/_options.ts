/**
 * The flags of `deno task bench engine`.
 *
 * @module
 */

import { parseFlags, UsageError } from "../../src/cli/command.ts";
import { oneOf, whole } from "../_flags.ts";
import { type AdapterKind, adapterKinds, type EngineName, engineNames } from "../../src/engine/engines/engine.ts";
import { type Case, cases, chooseCases } from "./_cases.ts";

const USAGE =
  "bench engine [--json | --markdown] [--engine NAME,NAME] [--threads N] [--repeats N] [--cases WORD,WORD] " +
  "[--adapter KIND] [--python FILE] [--device DEVICE]";

/** What PyTorch may compute on; "cuda" is float32 without tensor cores. */
export const devices = ["cpu", "cuda", "cuda-tf32"] as const;

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
}

/**
 * Reads the flags.
 *
 * @param defaults.python what stands in the environment variable PYTHON
 * @throws {UsageError} that names the flag, the rule and the value.
 */
export function readOptions(args: readonly string[], defaults: { python?: string; threads: number }): BenchOptions {
  const { flags } = parseFlags(args, {
    usage: USAGE,
    help: [
      "Every engine that this machine has, and PyTorch where there is one, take turns at the same work.",
      `--engine    of ${engineNames.join(", ")}; also runs what would take an engine more than a minute a run`,
      "--threads   of every engine and of PyTorch (all cores)",
      "--repeats   rounds of turns; a case that takes long has fewer, three at least (7)",
      "--cases     only the cases in whose name or metric one of the words stands",
      `--adapter   of ${adapterKinds.join(", ")}: which graphics adapters count`,
      "--python    where PyTorch is looked for (the variable PYTHON, or python3)",
      `--device    of ${devices.join(", ")}: what PyTorch computes on (cpu)`,
    ],
    boolean: ["json", "markdown"],
    string: ["engine", "threads", "repeats", "cases", "adapter", "python", "device"],
  });
  if (flags.json && flags.markdown) throw new UsageError(`only one of --json and --markdown can be; usage: ${USAGE}`);
  const text = (name: string) => flags[name] as string | undefined;
  const chosen = chooseCases(text("cases"));
  if (chosen.length === 0) {
    const known = [...new Set(cases.map(({ name }) => name))].join("; ");
    throw new UsageError(`the flag --cases must name a part of one of: ${known} (got: ${flags.cases})`);
  }
  return {
    output: flags.json ? "json" : flags.markdown ? "markdown" : "text",
    engines: text("engine")?.split(",").map((name) => oneOf("engine", engineNames, name)),
    threads: whole("threads", text("threads")) ?? defaults.threads,
    repeats: whole("repeats", text("repeats")) ?? 7,
    cases: chosen,
    adapter: oneOf("adapter", adapterKinds, text("adapter") ?? "hardware"),
    python: text("python") ?? defaults.python ?? "python3",
    device: oneOf("device", devices, text("device") ?? "cpu"),
  };
}
