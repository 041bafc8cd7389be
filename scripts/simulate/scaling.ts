/**
 * What a peer costs in a round of `deno task simulate`, for 10 to 10,000 peers: `deno run scripts/simulate/scaling.ts`.
 * Prints the table that `scaling.md` keeps: real time of planning and mixing, and bytes sent, both a peer and a round.
 * About 80 s.
 *
 * @module
 */
import { defineCommand } from "../../src/cli/flags/mod.ts";
import { mean } from "../../src/core/statistics.ts";
import { markdownTable } from "../../src/display/tables/markdown.ts";
import { simulate } from "../../src/mesh/averaging/simulation/simulation.ts";

const VALUES = 5000;
/** Peers, and rounds such that each run is long enough to be timed. */
const SIZES = [[10, 2000], [100, 200], [1000, 40], [10_000, 20]] as const;
const TOPOLOGIES = ["epidemic", "one-peer-exponential", "base-k-plus-1", "ring"] as const;
/** The fastest counts: everything else a machine does only adds to it. */
const REPEATS = 3;

function measure(topology: string, peers: number, rounds: number): { microseconds: number; bytes: number } {
  let microseconds = Infinity;
  let bytes = 0;
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    const result = simulate({ topology, peers, rounds, values: VALUES });
    microseconds = Math.min(microseconds, 1e6 * result.mixingSeconds / (peers * rounds));
    bytes = mean(result.rounds.map(({ bytesPerPeer }) => bytesPerPeer));
  }
  return { microseconds, bytes };
}

/** The command. */
export const scaling = defineCommand({
  name: "scripts/simulate/scaling.ts",
  starter: "deno run",
  does: "what a peer costs in a round of the simulation, for 10 to 10,000 peers, as a table",
  notes: ["Real time of planning and mixing, and bytes sent, both a peer and a round. About 80 s."],
  example: "",
  run() {
    const rows = SIZES.map(([peers, rounds]) => {
      const cells = TOPOLOGIES.flatMap((topology) => {
        const { microseconds, bytes } = measure(topology, peers, rounds);
        return [microseconds.toFixed(1), bytes.toFixed(0)];
      });
      return [String(peers), String(rounds), ...cells];
    });
    const header = ["peers", "rounds", ...TOPOLOGIES.flatMap((name) => [`${name}, µs`, "bytes"])];
    console.log(markdownTable({ header, rows, names: 0 }));
  },
});

if (import.meta.main) await scaling.main();
