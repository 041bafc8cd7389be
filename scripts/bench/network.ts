/**
 * How fast the mesh is: `deno task bench network --help`. `scripts/bench/network.md` is what
 *
 *     deno task --quiet bench network --markdown > scripts/bench/network.md
 *
 * printed; with --json each figure is a line, see `NetworkFigure` in `_network_figures.ts`.
 *
 * @module
 */
import { parseFlags, UsageError } from "../../src/cli/command.ts";
import { formatDuration } from "../../src/display/formats/duration.ts";
import { whole } from "../_flags.ts";
import { describeMachine } from "./_machine.ts";
import { longestBlocks } from "./_network_blocks.ts";
import type { NetworkFigure } from "./_network_figures.ts";
import { bytesByCompressor, joinTime, throughput, timeToMean } from "./_network_measures.ts";
import { renderNetwork } from "./_network_report.ts";

const USAGE = "bench network [--json | --markdown] [--repeats N] [--parts NAME,NAME]";

type Part = (options: { repeats: number }) => Promise<NetworkFigure[]>;

const parts: Readonly<Record<string, Part>> = {
  throughput: ({ repeats }) => throughput(repeats),
  bytes: () => bytesByCompressor(),
  mean: () => timeToMean([8, 16]),
  join: () => joinTime(20),
  blocks: () => longestBlocks(),
};

/** Runs the benchmark and prints it. */
export async function bench(args: string[]): Promise<void> {
  const { flags } = parseFlags(args, {
    usage: USAGE,
    help: [
      "Peers are processes of their own, on loopback.",
      "--repeats   rounds of turns of the throughput (7)",
      `--parts     only these, of ${Object.keys(parts).join(", ")}`,
    ],
    boolean: ["json", "markdown"],
    string: ["repeats", "parts"],
  });
  if (flags.json && flags.markdown) throw new UsageError(`only one of --json and --markdown can be; usage: ${USAGE}`);
  const repeats = whole("repeats", flags.repeats as string | undefined) ?? 7;
  const names = (flags.parts as string | undefined)?.split(",") ?? Object.keys(parts);
  const unknown = names.find((name) => !Object.hasOwn(parts, name));
  if (unknown !== undefined) {
    const known = Object.keys(parts).join(", ");
    throw new UsageError(`the flag --parts must name some of ${known} (got: ${unknown})`);
  }
  const startedAt = new Date().toISOString();
  const machine = describeMachine();
  const figures: NetworkFigure[] = [];
  const began = performance.now();
  for (const name of names) {
    console.error(`measuring: ${name}`);
    const some = await parts[name]({ repeats });
    figures.push(...some);
    if (flags.json) { for (const figure of some) console.log(JSON.stringify(figure)); }
  }
  if (flags.json) return;
  const duration = formatDuration((performance.now() - began) / 1000);
  const command = ["deno task bench network", ...args.filter((argument) => argument !== "--markdown")].join(" ");
  const report = { command, startedAt, machine: [...machine, `took ${duration}`], figures };
  console.log(renderNetwork(report, { markdown: flags.markdown === true }));
}
