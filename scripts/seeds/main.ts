/**
 * Runs the demo with several seeds and writes one table: `deno task seeds --name NAME --seeds 1,2,3 [demo's flags]`.
 *
 * The results of each name stand beside this file as NAME.md, with the command, the engine and the duration.
 *
 * @module
 */
import { fromFileUrl, join } from "@std/path";
import { demoFlags } from "../../src/cli/demo_flags.ts";
import { defineCommand, needed, pattern, without } from "../../src/cli/flags/mod.ts";
import { seeds } from "../../src/cli/flags/shared.ts";
import { UserError } from "../../src/core/errors.ts";
import { requirePermissions } from "../../src/core/permissions.ts";
import { openDataset } from "../../src/data/datasets/registry.ts";
import { scoreSite } from "../../src/display/site_scores.ts";
import { type Spread, spreadOf } from "../../src/display/statistics.ts";
import { formatDice } from "../../src/display/formats/dice.ts";
import { formatDifference } from "../../src/display/formats/difference.ts";
import { formatDuration } from "../../src/display/formats/duration.ts";
import { formatSpread } from "../../src/display/formats/spread.ts";
import type { Method } from "../../src/peer/events.ts";
import type { RunReport } from "../../src/peer/report/schema.ts";
import { markdownTable } from "../../src/display/tables/markdown.ts";

const HERE = fromFileUrl(new URL(".", import.meta.url));

/** A report as it is read back: the sites' pictures are not in it. */
type WrittenReport =
  & Omit<RunReport, "sites">
  & Required<Pick<RunReport, "startedAt" | "version" | "seed">> // a demo's always have them
  & { sites: Omit<RunReport["sites"][number], "previews">[] };

type Figure = Pick<Spread, "mean" | "sd">;

async function runDemo(seed: number, out: string, rest: readonly string[]): Promise<WrittenReport> {
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", "demo", ...rest, "--seed", String(seed), "--out", out],
    stdin: "null",
  }).spawn().status;
  if (code !== 0) throw new UserError("running the demo: it must come to its end", { where: `seed ${seed}` });
  const report: WrittenReport = JSON.parse(await Deno.readTextFile(join(out, "report.json")));
  if (report.dice.difference.mean !== null) return report;
  throw new UserError("comparing the demo's seeds: its sites must have Dice for both methods", {
    where: `seed ${seed}`,
    value: join(out, "report.json"),
  });
}

/** Mean Dice of one site under one method, over its test cases and the labels. */
function siteMean({ dice }: WrittenReport["sites"][number], method: Method, labels: readonly string[]): number | null {
  const lines = dice.filter((line) => line.method === method);
  return scoreSite(lines.map(({ perClass }) => perClass), labels).mean;
}

/** One row a seed, one for the seeds together, one for all pairs of site and seed. */
function diceRows(reports: readonly WrittenReport[]): string[][] {
  const labels = Object.values(reports[0].dataset.labels);
  const row = (title: string, scratch: Figure, pretrained: Figure, difference: Figure) => [
    title,
    formatSpread(scratch),
    formatSpread(pretrained),
    formatSpread(difference, formatDifference),
  ];
  const bySeed = reports.map(({ seed, dice }) => row(`seed ${seed}`, dice.scratch, dice.pretrained, dice.difference));
  const means = (pick: (report: WrittenReport) => number | null) => spreadOf(reports.map(pick));
  const pairs = reports.flatMap(({ sites }) =>
    sites.map((site) => [siteMean(site, "scratch", labels), siteMean(site, "pretrained", labels)] as const)
  );
  const differences = pairs.map(([scratch, pretrained]) =>
    scratch === null || pretrained === null ? null : pretrained - scratch
  );
  const ahead = differences.filter((value) => value !== null && value > 0).length;
  return [
    ...bySeed,
    row(
      "mean of the seeds ± sd over seeds",
      means(({ dice }) => dice.scratch.mean),
      means(({ dice }) => dice.pretrained.mean),
      means(({ dice }) => dice.difference.mean),
    ),
    row(
      `${pairs.length} pairs of site and seed ± sd, FCL ahead in ${ahead}`,
      spreadOf(pairs.map(([scratch]) => scratch)),
      spreadOf(pairs.map(([, pretrained]) => pretrained)),
      spreadOf(differences),
    ),
  ];
}

/** Per label over the seeds. */
function labelRows(reports: readonly WrittenReport[]): string[][] {
  return Object.values(reports[0].dataset.labels).map((label) => {
    const over = (pick: (report: WrittenReport) => Figure) => formatSpread(spreadOf(reports.map((r) => pick(r).mean)));
    return [
      label,
      over(({ dice }) => dice.scratch.perClass[label]),
      over(({ dice }) => dice.pretrained.perClass[label]),
    ];
  });
}

/** The last round's health and agreement, one row a seed. */
function healthRows(reports: readonly WrittenReport[]): string[][] {
  return reports.map(({ seed, sites, consensusDistance, seconds, peakRssBytes, bytes }) => {
    const last = sites.map(({ rounds }) => rounds.at(-1)?.health);
    const mean = (pick: "meanCosine" | "effectiveRank" | "neighbourAccuracy" | "chance") =>
      formatDice(spreadOf(last.map((health) => health?.[pick])).mean);
    return [
      `seed ${seed}`,
      ...[mean("meanCosine"), mean("effectiveRank"), mean("neighbourAccuracy"), mean("chance")],
      formatDice(consensusDistance.at(-1)?.value ?? null),
      formatDuration(seconds),
      `${(peakRssBytes / 2 ** 30).toFixed(1)} GiB`,
      `${(bytes.weights / 1e6).toFixed(0)} + ${(bytes.embeddings / 1e6).toFixed(1)} MB`,
    ];
  });
}

function render(reports: readonly WrittenReport[], command: string, name: string): string {
  const [{ engine, version, settings, dataset, peers, startedAt }] = reports;
  const [{ name: kind, detail, threads }] = Object.values(engine);
  return [
    `# ${dataset.name}: FCL against training from scratch, ${peers} peers`,
    "",
    `Made by \`${command}\` on ${startedAt.slice(0, 10)}; ${navigator.hardwareConcurrency} cores, engine ${kind} ` +
    `(${detail}, ${threads} thread a peer), syncytium ${version.syncytium}, Deno ${version.deno}, tfjs ${version.tfjs}.`,
    `Settings: ${Object.entries(settings ?? {}).map(([key, value]) => `${key} ${value}`).join("; ")}.`,
    "Dice on each site's own test cases; rows of seeds: mean ± sd over sites.",
    "",
    markdownTable({ header: [name, "from scratch", "FCL", "difference"], rows: diceRows(reports) }),
    "",
    markdownTable({ header: ["label, mean ± sd over seeds", "from scratch", "FCL"], rows: labelRows(reports) }),
    "",
    "The last round: health on volumes kept out of training, mean over sites; distance between the peers' weights; cost.",
    "",
    markdownTable({
      header: ["", "mean cosine", "effective rank", "neighbours", "chance", "distance", "duration", "memory", "sent"],
      rows: healthRows(reports),
    }),
    "",
  ].join("\n");
}

const { seed: _seed, out: _out, ...handedOn } = demoFlags;

/** The command. */
export const seedsCommand = defineCommand({
  name: "seeds",
  does: "the demo with several seeds, as one table",
  notes: ["All flags but --name and --seeds are the demo's."],
  flags: {
    name: needed(pattern("NAME", "of the table, which goes into scripts/seeds/NAME.md", {
      rule: "be letters, digits, dots, hyphens and underscores, and begin with a letter or digit",
      form: /^[a-z0-9][a-z0-9._-]*$/i,
    })),
    seeds: needed(seeds("seeds of the demo, one after the other")),
    ...handedOn,
  },
  example: "--name phantoms --seeds 11,12,13",
  async run({ flags: { name, seeds, data }, args }) {
    const rest = without(args, ["name", "seeds"]);
    requirePermissions("running the demo", ["run"]);
    if (data !== undefined) await openDataset(data); // told once, and not by the first of the demos only
    const reports: WrittenReport[] = [];
    for (const seed of seeds) reports.push(await runDemo(seed, join("out", "seeds", name, `seed-${seed}`), rest));
    const path = join(HERE, `${name}.md`);
    await Deno.writeTextFile(path, render(reports, ["deno task seeds", ...args].join(" "), name));
    console.log(`wrote ${path}`);
  },
});

if (import.meta.main) await seedsCommand.main();
