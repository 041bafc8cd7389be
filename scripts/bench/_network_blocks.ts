/**
 * How long the main thread of a real peer is blocked at most while it trains in its Worker, for `bench network`.
 *
 * @module
 */
import { fromFileUrl, join } from "@std/path";
import { UserError } from "../../src/core/errors.ts";
import { writeConsortium, type WrittenSite } from "../../src/cli/consortium.ts";
import { openDataset } from "../../src/data/datasets/registry.ts";
import { writePhantomCohort } from "../../src/data/phantom/cohort.ts";
import { splitSubjects } from "../../src/data/splits.ts";
import { readLatestCheckpoint } from "../../src/model/checkpoint.ts";
import { lastLine } from "./measured_process.ts";
import type { NetworkFigure } from "./_network_figures.ts";
import { type Blocks, Watch } from "./_watch.ts";

const PROCESS = fromFileUrl(new URL("network_blocks_process.ts", import.meta.url));
const ROUNDS = 4;

/** The network whose weights the main thread handles. */
const NETWORKS = [
  { baseFilters: 8, levels: 3, patch: [32, 32, 32], pool: [[2, 2, 2], [2, 2, 2]] },
  { baseFilters: 32, levels: 4, patch: [16, 16, 16], pool: [[2, 2, 2], [2, 2, 2], [2, 2, 2]] },
];

/** Two peers, each a process, train and exchange. */
export async function longestBlocks(): Promise<NetworkFigure[]> {
  const figures: NetworkFigure[] = [];
  for (const network of NETWORKS) figures.push(...await measure(network));
  return figures;
}

async function measure(network: typeof NETWORKS[number]): Promise<NetworkFigure[]> {
  const directory = await Deno.makeTempDir({ prefix: "syncytium-bench-" });
  try {
    const data = join(directory, "phantoms");
    await writePhantomCohort(data, { seed: 1, sites: 2, casesPerSite: 6 });
    const splits = splitSubjects((await openDataset(data)).cases, { peers: 2, labelled: 1, seed: 1 });
    const sites = await writeConsortium({
      directory: join(directory, "sites"),
      consortium: `bench-${crypto.randomUUID()}`,
      seed: 1,
      sites: splits.map((split, i) => ({ name: `site-${i + 1}`, split })),
      shared: {
        engine: { name: "wasm", threads: 1 },
        network,
        schedule: { rounds: ROUNDS, stepsPerRound: 3 },
        fineTune: { steps: 1 },
        data: { directory: data, spacing: [3, 3, 3] },
      },
    });
    const idle = new Watch();
    idle.start();
    const found = await Promise.all(sites.map(({ configuration }) => run(configuration)));
    idle.stop();
    const values = await averagedValues(sites[0]);
    const name = `a peer trains ${(values / 1e6).toFixed(2)} million weights, ${ROUNDS} rounds with another`;
    const longest = Math.max(...found.map(({ longest }) => longest));
    const most = (one: (blocks: Blocks) => number | null) => Math.max(...found.map((blocks) => one(blocks) ?? NaN));
    const [unhindered, busiest] = [most(({ unhindered }) => unhindered), most(({ busiest }) => busiest)]; // null for NaN
    const share = 100 * Math.max(...found.map(({ blocked }) => blocked));
    return [
      { case: name, metric: "longest block of the main thread", value: longest, unit: "ms", target: { most: 50 } },
      ...Number.isNaN(busiest) ? [] : [
        {
          case: name,
          metric: "the same, without waits for a core",
          value: unhindered,
          unit: "ms",
          target: { most: 50 },
        },
        { case: name, metric: "the same, processor time only", value: busiest, unit: "ms", target: { most: 50 } },
      ],
      { case: name, metric: "time in blocks above 20 ms", value: share, unit: "%" },
      { case: name, metric: "longest in a process that does nothing", value: idle.blocks.longest, unit: "ms" },
    ];
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** How many weights a site's peer has averaged. */
async function averagedValues({ directory }: WrittenSite): Promise<number> {
  const checkpoint = await readLatestCheckpoint(join(directory, "state", "checkpoints"));
  const averaged = checkpoint!.vectors.filter(({ name }) => !name.startsWith("state/"));
  return averaged.reduce((sum, { data }) => sum + data.length, 0);
}

/** One real peer. */
async function run(configuration: string): Promise<Blocks> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    // without all rights Deno reads nothing below /proc, where a thread's processor time stands
    args: ["run", "--quiet", "--no-prompt", "--allow-all", PROCESS, configuration],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  const line = lastLine(text(stdout));
  if (code === 0 && line) return JSON.parse(line);
  throw new UserError("measuring a peer: it must come to its end", { value: lastLine(text(stderr)) });
}
