/**
 * Two liars among eight, by rule and attack: `deno run scripts/simulate/byzantine.ts`. Prints the table that
 * `byzantine.md` keeps: how far the honest peers end from the mean that they began with, relative to its norm; they
 * began 0.1 from it. About three seconds.
 *
 * @module
 */
import { defineCommand } from "../../src/cli/flags/mod.ts";
import { isUserError } from "../../src/core/errors.ts";
import { markdownTable } from "../../src/display/tables/markdown.ts";
import { aggregationRules } from "../../src/mesh/averaging/aggregation/rules.ts";
import { attackNames, type SimulationOptions } from "../../src/mesh/averaging/simulation/options.ts";
import { simulate } from "../../src/mesh/averaging/simulation/simulation.ts";

const SEEDS = [1, 2, 3, 4, 5];

/** The largest over all seeds; a dash where the combination is refused. */
function worst(options: SimulationOptions): string {
  try {
    return Math.max(...SEEDS.map((seed) => simulate({ ...options, seed }).error)).toPrecision(2);
  } catch (error) {
    if (!isUserError(error)) throw error;
    return "-";
  }
}

/** The command. */
export const byzantine = defineCommand({
  name: "scripts/simulate/byzantine.ts",
  starter: "deno run",
  does: "two liars among eight in simulation, by rule and attack, as a table",
  notes: [
    "How far the honest peers end from the mean that they began with, relative to its norm. About three seconds.",
  ],
  example: "",
  run() {
    const rows = ["complete", "epidemic"].flatMap((topology) =>
      [...aggregationRules].map(({ name: rule }) => {
        const base = { peers: 8, rounds: 40, topology, rule };
        return [
          ...[topology, rule, worst(base)],
          ...attackNames.map((attack) => worst({ ...base, byzantine: 2, attack })),
        ];
      })
    );
    console.log(markdownTable({ header: ["topology", "rule", "none", ...attackNames], rows, names: 2 }));
  },
});

if (import.meta.main) await byzantine.main();
