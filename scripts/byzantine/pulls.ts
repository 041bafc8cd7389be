/**
 * How honest members pull each other over the rounds of real training, on the data of unlike scanners, where one of them
 * trains so many times as much in a round as the others: what a bound on pulls must let pass.
 *
 * `deno run --allow-read --allow-write --allow-env --allow-sys scripts/byzantine/pulls.ts [--times 1,10]`
 * writes pulls.md beside this file.
 *
 * @module
 */
import { fromFileUrl, join, resolve } from "@std/path";
import deno from "../../deno.json" with { type: "json" };
import { defineCommand, integer, list, path, withDefault } from "../../src/cli/flags/mod.ts";
import { requireFolder } from "../../src/cli/output_file.ts";
import { formatNumber } from "../../src/display/formats/number.ts";
import { markdownTable } from "../../src/display/tables/markdown.ts";
import { likenessOf } from "../../src/mesh/averaging/judging/likeness.ts";
import { upperMedian } from "../../src/mesh/averaging/judging/typical.ts";
import { openPeerSite } from "../../src/studies/peer_sites.ts";
import { phantomsOf } from "../_phantoms.ts";
import { configure } from "./_configure.ts";
import { type HonestSite, pretrain } from "./_consortium.ts";
import { type Run, SHORT_BUDGET, SITES } from "./_study.ts";

/** Sites that train; the first is the one that trains more. */
const TRAINING = 4;

const SEED = 21, ROUNDS = 8, STEPS = 6;

/** What a site had before each of its rounds of training, and after it. */
interface Way {
  readonly before: Float32Array[];
  readonly after: Float32Array[];
}

const distance = (a: Float32Array, b: Float32Array) => likenessOf(a, b).distance;

/** Whose pulls of whom. */
const PAIRS: readonly (readonly [string, readonly (readonly [own: number, other: number])[]])[] = [
  ["the first site", [[1, 0], [2, 0], [3, 0]]],
  ["the others each other", [[1, 2], [2, 3], [3, 1]]],
];

/** Trains, and keeps every site's way. */
async function waysOf(run: Run, times: number): Promise<Way[]> {
  const ways: Way[] = [], sites = new Map<number, HonestSite>();
  for (const [place, configuration] of (await configure(run)).slice(0, TRAINING).entries()) {
    const { schedule } = configuration;
    const stepsPerRound = schedule.stepsPerRound * (place === 0 ? times : 1);
    const { trainer, opened } = await openPeerSite({ ...configuration, schedule: { ...schedule, stepsPerRound } });
    const way: Way = { before: [opened.vector.slice()], after: [] };
    ways.push(way);
    const kept: HonestSite["trainer"] = {
      round: async (...given) => {
        const result = await trainer.round(...given);
        way.after.push(result.vector.slice());
        return result;
      },
      adopt: async (round, adoption) => {
        way.before.push(Float32Array.from(adoption.vector));
        return await trainer.adopt(round, adoption);
      },
    };
    sites.set(place, { opened, trainer: kept });
  }
  await pretrain(run, sites);
  return ways;
}

/** In what members are apart as a rule, the most of the later rounds, and how far all go in one direction. */
type Pull = Readonly<Record<"first" | "later" | "coherence", number>>;

/** How `other` pulls `own`. */
function pullsOf(ways: readonly Way[], own: number, other: number): Pull {
  const far: number[] = [], sum = new Float32Array(ways[own].after[0].length);
  ways[own].after.forEach((vector, round) => {
    const others = ways.filter((_, k) => k !== own && k !== other).map(({ after }) => distance(vector, after[round]));
    const moved = distance(ways[own].before[round], vector);
    const typical = Math.max(moved, upperMedian([moved, ...others])!);
    far.push(distance(vector, ways[other].after[round]) / typical);
    for (let i = 0; i < sum.length; i++) sum[i] += (ways[other].after[round][i] - vector[i]) / typical;
  });
  const all = far.reduce((total, one) => total + one, 0);
  const [first, ...rest] = far;
  return { first, later: Math.max(...rest), coherence: distance(sum, new Float32Array(sum.length)) / all };
}

await defineCommand({
  name: "pulls",
  does: "how honest members pull each other, as a table",
  notes: [],
  flags: {
    out: withDefault(path("DIR", "where the phantoms go"), "out/byzantine/pulls"),
    times: withDefault(list(integer("LIST", "how many times as much the first site trains", { from: 1 })), [1, 10]),
  },
  example: "--times 1,10",
  run: async ({ flags: { out, times }, args }) => {
    const folder = resolve(out);
    await requireFolder(folder, "making the table");
    const budget = { ...SHORT_BUDGET, rounds: ROUNDS, steps: STEPS };
    const data = await phantomsOf(SEED, { out: folder, sites: SITES, casesPerSite: budget.casesPerSite });
    const rows: string[][] = [], began = performance.now();
    for (const factor of times) {
      const directory = join(folder, `${factor}`);
      const ways = await waysOf({ ...budget, seed: SEED, rule: "mean", behaviour: "honest", data, directory }, factor);
      for (const [who, pairs] of PAIRS) {
        const pulls = pairs.map(([own, other]) => pullsOf(ways, own, other));
        const most = (of: (pull: Pull) => number) => formatNumber(Math.max(...pulls.map(of)), 2);
        const figures = [most(({ first }) => first), most(({ later }) => later), most(({ coherence }) => coherence)];
        rows.push([`${factor}`, who, ...figures]);
      }
    }
    const minutes = ((performance.now() - began) / 60_000).toFixed(0);
    const header = ["as much as the others", "who pulls", "in the first round", "in later ones", "in one direction"];
    const text = [
      "# How honest members pull each other in real training",
      "",
      `Made by \`${["pulls.ts", ...args].join(" ")}\` on ${
        new Date().toISOString().slice(0, 10)
      }; seed ${SEED}; syncytium ${deno.version}, Deno ${Deno.version.deno},`,
      `engine wasm with 1 thread; ${navigator.hardwareConcurrency} cores; ${minutes} min.`,
      "",
      `Phantoms of ${TRAINING} scanners that differ, ${budget.casesPerSite} cases each; ${ROUNDS} rounds of ${STEPS} steps of pre-training, all meeting all in each, and the`,
      "first site training so many times as many steps in a round as the others. How far its weights, and those of the others,",
      "are from another site's before a round's averaging, in what members are apart for that site as a rule (`judge.ts`, which",
      "refuses ten): the most over sites. In one direction: the norm of the sum of all that one member pulls another by over the",
      "norms' sum, 1 where it is always the same way.",
      "",
      markdownTable({ header, rows }),
      "",
    ];
    await Deno.writeTextFile(fromFileUrl(new URL("pulls.md", import.meta.url)), text.join("\n"));
  },
}).main();
