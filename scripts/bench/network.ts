/**
 * How fast the mesh is: `deno task bench network --help`. `scripts/bench/network.md` is what
 *
 *     deno task --quiet bench network --markdown > scripts/bench/network.md
 *
 * printed, and `network_secure.md` of `--parts secure`; with --json each figure is a line, see `NetworkFigure` in `_network_figures.ts`.
 *
 * @module
 */
import { choice, defineCommand, list } from "../../src/cli/flags/mod.ts";
import { formatDuration } from "../../src/display/formats/duration.ts";
import { describeMachine } from "./machine.ts";
import { longestBlocks } from "./_network_blocks.ts";
import type { NetworkFigure } from "./_network_figures.ts";
import { hivemindMean } from "./_network_hivemind.ts";
import { bytesByCompressor, joinTime, MEAN_REST, MEAN_VALUES, throughput, timeToMean } from "./_network_measures.ts";
import { renderNetwork } from "./_network_report.ts";
import { securely } from "./_network_secure.ts";
import { outputFlags, outputOf, repeats } from "./_options.ts";

type Part = (options: { repeats: number }) => Promise<NetworkFigure[]>;

const parts: Readonly<Record<string, Part>> = {
  throughput: ({ repeats }) => throughput(repeats),
  bytes: () => bytesByCompressor(),
  mean: () => timeToMean([8, 16]),
  hivemind: async () => [
    ...await hivemindMean(16, {
      python: Deno.env.get("PYTHON") ?? "python3",
      values: MEAN_VALUES,
      rest: MEAN_REST,
    }),
    ...await timeToMean([16]),
  ],
  secure: () => securely([3, 6], (name) => console.error(`measuring: ${name}`)),
  join: () => joinTime(20),
  blocks: () => longestBlocks(),
};

const partNames = Object.keys(parts);

/** Those that need nothing but this program. */
const ownParts = partNames.filter((name) => name !== "hivemind");

/** The command. */
export const benchNetwork = defineCommand({
  name: "bench network",
  does: "the mesh: throughput, bytes, time to the mean, secure sums, time to join, longest blocks",
  notes: [
    "Peers are processes of their own, on loopback.",
    "The part hivemind compares 16 processes with its averager; it is done only where it is named, and needs a Python that PYTHON names.",
  ],
  flags: { repeats, parts: list(choice("NAMES", partNames, "only these")), ...outputFlags },
  example: "--parts throughput,bytes --repeats 3",
  async run({ flags: { repeats, parts: names = ownParts, ...flags }, args }) {
    const output = outputOf(flags);
    const startedAt = new Date().toISOString();
    const machine = describeMachine();
    const figures: NetworkFigure[] = [];
    const began = performance.now();
    for (const name of names) {
      console.error(`measuring: ${name}`);
      const some = await parts[name]({ repeats });
      figures.push(...some);
      if (output === "json") { for (const figure of some) console.log(JSON.stringify(figure)); }
    }
    if (output === "json") return;
    const duration = formatDuration((performance.now() - began) / 1000);
    const command = ["deno task bench network", ...args.filter((argument) => argument !== "--markdown")].join(" ");
    const report = { command, startedAt, machine: [...machine, `took ${duration}`], figures };
    console.log(renderNetwork(report, { markdown: output === "markdown" }));
  },
});
