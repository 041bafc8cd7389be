/**
 * `deno task simulate`: a mesh of many peers in one process and in virtual time, its consensus distance against theory.
 *
 * @module
 */
import { aggregationRules } from "../mesh/averaging/aggregation/rules.ts";
import { compressors } from "../mesh/averaging/compression/compressors.ts";
import { attackNames, type SimulationOptions } from "../mesh/averaging/simulation/options.ts";
import { simulate, type SimulationResult } from "../mesh/averaging/simulation/simulation.ts";
import { topologies } from "../mesh/averaging/topologies/topologies.ts";
import { type Flags, parseFlags, runCommand, UsageError } from "./command.ts";

const USAGE = "simulate [--peers N] [--topology T] [--rounds R] [--json] (more: --help)";

/** Flags with a number: lowest and highest, and whether it must be whole. */
const numbers = {
  peers: { low: 2, high: 100_000, whole: true },
  rounds: { low: 1, high: 100_000, whole: true },
  degree: { low: 1, high: 64, whole: true },
  values: { low: 1, high: 100_000_000, whole: true },
  churn: { low: 0, high: 1, whole: false },
  drop: { low: 0, high: 1, whole: false },
  delay: { low: 0, high: 1e9, whole: false },
  byzantine: { low: 0, high: 100_000, whole: true },
  seed: { low: 0, high: Number.MAX_SAFE_INTEGER, whole: true },
} as const;

/** Flags with a name. */
const choices = {
  topology: topologies.names,
  attack: attackNames,
  compress: compressors.names,
  rule: aggregationRules.names,
} as const;

const HELP = [
  "",
  `  --peers N           peers in this process (16)`,
  `  --topology T        ${choices.topology.join(", ")} (epidemic)`,
  `  --degree K          partners a round, for epidemic and base-k-plus-1 (1)`,
  `  --rounds R          rounds of one virtual second (20)`,
  `  --values D          values of a peer's vector (1000)`,
  `  --churn P           probability that a peer is away for a round (0)`,
  `  --drop P            probability that an exchange fails (0)`,
  `  --delay MS          mean delay of a message, exponential; an exchange that outlasts its round fails (0)`,
  `  --byzantine F       peers that lie (0)`,
  `  --attack A          ${choices.attack.join(", ")} (sign-flip)`,
  `  --compress C        ${choices.compress.join(", ")} (none)`,
  `  --rule RULE         ${choices.rule.join(", ")} (mean)`,
  `  --seed S            (1)`,
  `  --json              one JSON object`,
];

function readNumber(name: keyof typeof numbers, given: string): number {
  const { low, high, whole } = numbers[name];
  const value = Number(given);
  if (!(value >= low && value <= high) || given.trim() === "" || (whole && !Number.isSafeInteger(value))) {
    const kind = whole ? "an integer" : "a number";
    throw new UsageError(`the flag --${name} must be ${kind} from ${low} to ${high}, got ${given}; usage: ${USAGE}`);
  }
  return value;
}

/** The options that the flags give. @throws {UsageError} naming the flag, the rule and the value. */
function readOptions({ flags }: Flags): SimulationOptions {
  const options: Record<string, unknown> = { peers: 16, topology: "epidemic", rounds: 20 };
  for (const name of Object.keys(numbers) as (keyof typeof numbers)[]) {
    if (flags[name] !== undefined) options[name] = readNumber(name, String(flags[name]));
  }
  for (const [name, allowed] of Object.entries<readonly string[]>(choices)) {
    const value = flags[name];
    if (value === undefined) continue;
    if (!allowed.includes(String(value))) {
      throw new UsageError(`the flag --${name} must be one of ${allowed.join(", ")}, got ${value}; usage: ${USAGE}`);
    }
    options[name] = value;
  }
  return options as unknown as SimulationOptions;
}

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

/** Prints what was found. */
export function simulateCommand(args: readonly string[]): void {
  const parsed = parseFlags(args, {
    usage: USAGE,
    help: HELP,
    boolean: ["json"],
    string: [...Object.keys(numbers), ...Object.keys(choices)],
  });
  const result = simulate(readOptions(parsed));
  console.log(parsed.flags.json ? JSON.stringify(result) : describe(result).join("\n"));
}

if (import.meta.main) await runCommand(() => simulateCommand(Deno.args));
