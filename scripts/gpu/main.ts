/**
 * One check of a graphics card, from its driver to a training: `deno task gpu-check --help`.
 *
 * Everything is written into the folder of --out and nowhere else, as soon as it is known; the same command goes on
 * where it was cut off. No part needs the network.
 *
 * @module
 */
import { join, resolve } from "@std/path";
import deno from "../../deno.json" with { type: "json" };
import { describeError, Interrupted } from "../../src/cli/command.ts";
import { engineFlags } from "../../src/cli/flags/engine.ts";
import {
  choice,
  defineCommand,
  integer,
  list,
  needed,
  number,
  path,
  text,
  toggle,
  type Values,
  withDefault,
} from "../../src/cli/flags/mod.ts";
import { dataset } from "../../src/cli/flags/shared.ts";
import { interruption } from "../../src/cli/interruption.ts";
import { messageOf, UserError } from "../../src/core/errors.ts";
import { activationKinds } from "../../src/engine/engine.ts";
import { Ledger } from "./_ledger.ts";
import { type Context, type Entry, type GpuCheckOptions, type Part, partNames } from "./part.ts";
import { lookAtCard } from "./parts/adapter.ts";
import { parts } from "./parts/registry.ts";

const flags = {
  parts: { ...list(choice("NAMES", partNames, "only these, always in this order")), shown: "all" },
  out: needed(path("DIR", "results and all else that is written; the same command goes on there")),
  adapter: withDefault(engineFlags.adapter, "hardware"),
  python: { ...text("FILE", "where PyTorch is looked for"), shown: "the variable PYTHON, or python3" },
  dataset: { ...dataset, shown: "none: nothing is trained" },
  activations: withDefault(
    choice("KIND", activationKinds, "how training stores what layers give; each kind has a folder of its own"),
    "float32",
  ),
  minutes: { ...number("M", "what training may take", { from: 1 }), shown: "the whole protocol" },
  silence: withDefault(
    number("S", "a process that says nothing for S seconds is ended: its driver hangs", { from: 1 }),
    300,
  ),
  repeats: withDefault(integer("N", "rounds of turns in which engine and PyTorch are timed", { from: 1 }), 5),
  small: toggle("tiny sizes: a rehearsal, whose figures say nothing of a card"),
};

function optionsOf(given: Values<typeof flags>): GpuCheckOptions {
  const { parts = partNames, out, adapter, dataset, activations, minutes, silence, repeats, small } = given;
  const { python = Deno.env.get("PYTHON") ?? "python3" } = given;
  return { ...{ parts, adapter, python, dataset, activations, minutes, silence, repeats, small }, out: resolve(out) };
}

/** The engine's name of the card; asked once. */
async function askCard(options: GpuCheckOptions, signal: AbortSignal): Promise<string> {
  for await (const event of lookAtCard({ options, signal })) {
    if (event.kind === "fault") throw new UserError(event.says);
    if (event.kind === "card") return event.card;
  }
  throw new UserError("looking at the card: it must tell what it is");
}

/** A line for the terminal. */
function tell({ part, item, state, says }: Entry): void {
  console.log(`${state.padEnd(7)} ${part}: ${item}${says ? `: ${says}` : ""}`);
}

/** Runs a part; what ends it, expected or not, is a finding of its own, and the parts after it have their turn. */
async function runPart(part: Part, context: Omit<Context, "add" | "passed">, ledger: Ledger): Promise<void> {
  const add: Context["add"] = async (finding) => {
    const entry = { part: part.name, ...finding };
    await ledger.add(entry);
    tell(entry);
  };
  try {
    await part.run({ ...context, add, passed: (item) => ledger.passed(part.name, item) });
  } catch (error) {
    if (context.signal.aborted) throw new Interrupted("the check was interrupted; the same command goes on with it");
    const says = error instanceof UserError ? messageOf(error) : describeError(error).replace(/^error: /, "");
    await add({ item: part.name, state: "failed", says });
  }
}

async function check(options: GpuCheckOptions): Promise<void> {
  const { out, adapter, small } = options;
  using ledger = await Ledger.open(out, { version: deno.version, adapter, small });
  using interruptions = interruption();
  const { signal } = interruptions;
  const asked = askCard(options, signal);
  const name = await asked.catch(() => undefined); // each part that needs a card says why there is none
  if (name !== undefined) await ledger.requireCard(name);
  for (const part of parts) {
    if (options.parts.includes(part.name)) await runPart(part, { options, signal, card: () => asked }, ledger);
  }
  const failed = ledger.entries.filter(({ part, state }) => state === "failed" && options.parts.includes(part));
  console.log(`wrote ${join(out, "results.md")} and results.jsonl`);
  if (failed.length > 0) {
    throw new UserError("checking the card: every part must come to its end without a failure", {
      lines: failed.map(({ part, item, says }) => `${part}, ${item}: ${says}`),
    });
  }
}

/** The command. */
export const gpuCheck = defineCommand({
  name: "gpu-check",
  does: "whether a graphics card can train, how fast against PyTorch on it, and how far from its ceilings",
  notes: [
    "Parts run in the order of their worth; each finding is on the disk at once, and the same command goes on where",
    "it was cut off. It needs no network. --adapter software --small is a rehearsal on the processor.",
  ],
  flags,
  example: "--out out/card --python python3",
  run: ({ flags }) => check(optionsOf(flags)),
});

if (import.meta.main) await gpuCheck.main();
