/**
 * `deno task simulate`: a mesh of many peers in one process and in virtual time, its consensus distance against theory.
 *
 * @module
 */
import { aggregationRules } from "../mesh/averaging/aggregation/rules.ts";
import { compressors } from "../mesh/averaging/compression/compressors.ts";
import { attackNames } from "../mesh/averaging/simulation/options.ts";
import { simulate, type SimulationResult } from "../mesh/averaging/simulation/simulation.ts";
import { topologies } from "../mesh/averaging/topologies/topologies.ts";
import { choice, defineCommand, integer, number, withDefault } from "./flags/mod.ts";
import { json } from "./flags/shared.ts";

function describe(result: SimulationResult): string[] {
  const lines = ["round      consensus      predicted   bytes a peer"];
  for (const { round, consensus, predicted, bytesPerPeer } of result.rounds) {
    const figures = [consensus, predicted].map((value) => value.toExponential(3).padStart(15));
    lines.push(`${String(round).padStart(5)}${figures.join("")}${bytesPerPeer.toFixed(0).padStart(15)}`);
  }
  lines.push(
    "",
    `predicted by ${result.prediction}; the distance at the beginning was ${result.start.toExponential(3)}`,
  );
  const liars = result.byzantine.length > 0 ? ` (${result.byzantine.join(", ")} lied)` : "";
  lines.push(`error of the honest at the end: ${result.error.toExponential(3)}${liars}`);
  const refused = Object.entries(result.refused).map(([peer, times]) => `${peer} ${times} times`);
  if (refused.length > 0) lines.push(`refused: ${refused.join(", ")}`);
  lines.push(`${result.peers} peers, ${result.virtualSeconds} virtual s in ${result.seconds.toFixed(2)} s`);
  return lines;
}

/** The command. */
export const simulateCommand = defineCommand({
  name: "simulate",
  does: "how fast many peers, in one process and in virtual time, come to agree, against theory",
  flags: {
    peers: withDefault(integer("N", "peers in this process", { from: 2, to: 100_000 }), 16),
    topology: withDefault(choice("T", topologies.names, "who exchanges with whom"), "epidemic"),
    rounds: withDefault(integer("R", "rounds of one virtual second", { from: 1, to: 100_000 }), 20),
    degree: withDefault(integer("K", "partners a round, for epidemic and base-k-plus-1", { from: 1, to: 64 }), 1),
    values: withDefault(integer("D", "values of a peer's vector", { from: 1, to: 100_000_000 }), 1000),
    churn: withDefault(number("P", "probability that a peer is away for a round", { from: 0, to: 1 }), 0),
    drop: withDefault(number("P", "probability that an exchange fails", { from: 0, to: 1 }), 0),
    delay: withDefault(
      number("MS", "mean delay of a message, exponential; an exchange that outlasts its round fails", {
        from: 0,
        to: 1e9,
      }),
      0,
    ),
    byzantine: withDefault(integer("F", "peers that lie", { from: 0, to: 100_000 }), 0),
    attack: withDefault(choice("A", attackNames, "what they send"), "sign-flip"),
    compress: withDefault(choice("C", compressors.names, "how vectors are encoded"), "none"),
    rule: withDefault(choice("RULE", aggregationRules.names, "what is made of the vectors that come"), "mean"),
    seed: withDefault(integer("S", "seed of everything random", { from: 0, to: Number.MAX_SAFE_INTEGER }), 1),
    json,
  },
  example: "--peers 1000 --topology epidemic --rounds 20",
  run({ flags: { json, ...options } }) {
    const result = simulate(options);
    console.log(json ? JSON.stringify(result) : describe(result).join("\n"));
  },
});

if (import.meta.main) await simulateCommand.main();
