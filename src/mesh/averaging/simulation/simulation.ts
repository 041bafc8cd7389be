/**
 * A mesh of many peers in one process and in virtual time, with the real planners, mixing, compressors and rules,
 * against theory.
 *
 * @example
 * ```ts
 * import { assert } from "@std/assert";
 * import { simulate } from "./simulation.ts";
 *
 * const { rounds } = simulate({ peers: 16, topology: "one-peer-exponential", rounds: 4 });
 * const { consensus, bytesPerPeer } = rounds.at(-1)!;
 * assert(consensus < 1e-6 && bytesPerPeer < 5000); // all agree, to float32, by four vectors of 4,000 bytes in sum
 * ```
 *
 * @module
 */
import { Rng } from "../../../core/rng.ts";
import { aggregationRules } from "../aggregation/rules.ts";
import type { VectorLayout } from "../compression/compressor.ts";
import { compressors } from "../compression/compressors.ts";
import { topologies } from "../topologies/topologies.ts";
import { Attack } from "./attacks.ts";
import { distanceOf, errorTo, spreadOf } from "./consensus.ts";
import { ExchangeMesh } from "./exchange_mesh.ts";
import { realise, ROUND_MILLISECONDS } from "./faults.ts";
import { LinearMesh } from "./linear_mesh.ts";
import { peerName, type SimulatedMesh } from "./mesh.ts";
import { type CheckedOptions, checkSimulation, type SimulationOptions } from "./options.ts";
import { predict } from "./prediction.ts";
import { PushSumMesh } from "./push_sum_mesh.ts";

/** Standard deviation of the peers' vectors around what they have in common, whose own is 1. */
const DEVIATION = 0.1;

/** Where the mesh stood after one round. */
export interface SimulatedRound {
  /** From 1. */
  round: number;
  /** Of the honest peers: sqrt(mean ‖x − x̄‖²) / ‖x̄‖. */
  consensus: number;
  /** The same in theory, for honest peers without compression. */
  predicted: number;
  /** Bytes that a peer sent, on average over all. */
  bytesPerPeer: number;
}

/** What a simulation found. */
export interface SimulationResult {
  peers: number;
  topology: string;
  /** Real time that it took. */
  seconds: number;
  rounds: SimulatedRound[];
  /** The part of it that planning and mixing took, without making up vectors, measuring and predicting. */
  mixingSeconds: number;
  /** Virtual time that passed. */
  virtualSeconds: number;
  /** The consensus distance at the beginning. */
  start: number;
  /** At the end: sqrt(mean over honest peers of ‖x − x̄(0)‖²) / ‖x̄(0)‖, x̄(0) the mean that the honest began with. */
  error: number;
  /** Where the predictions come from. */
  prediction: string;
  /** Who lied. */
  byzantine: string[];
  /** How often honest peers refused each peer's vector, if they did. */
  refused: Record<string, number>;
}

/** Independent vectors around a common one. */
function beginnings({ peers, values, seed }: CheckedOptions): Float32Array[] {
  const rng = new Rng(seed).fork("vectors");
  const width = Math.sqrt(3); // of a uniform distribution of standard deviation 1
  const common = Float32Array.from({ length: values }, () => rng.uniform(-width, width));
  return Array.from({ length: peers }, () => {
    const vector = new Float32Array(values);
    for (let i = 0; i < values; i++) vector[i] = common[i] + DEVIATION * rng.uniform(-width, width);
    return vector;
  });
}

/** One square matrix, as large as fits. */
function layoutOf(values: number): VectorLayout {
  const side = Math.floor(Math.sqrt(values));
  return { values, matrices: [{ offset: 0, rows: side, columns: side }] };
}

function build(options: CheckedOptions, attack: Attack | undefined): SimulatedMesh {
  const { values, rounds } = options;
  const compressor = compressors.named(options.compress);
  const rule = aggregationRules.named(options.rule);
  const layout = layoutOf(values);
  const codec = compressor.open(layout);
  const vectors = beginnings(options);
  if (topologies.named(options.topology).links === "one-way") {
    return new PushSumMesh(vectors, { codec, lossless: compressor.lossless, attack });
  }
  if (attack || !compressor.lossless || !rule.linear) {
    return new ExchangeMesh(vectors, { compressor, layout, rule, rounds, attack });
  }
  return new LinearMesh(vectors, codec.encode(vectors[0]).length);
}

/**
 * Runs all rounds. The same options give the same result, but for `seconds`.
 *
 * @throws {UserError} if options contradict each other or ask for more memory than there is.
 */
export function simulate(given: SimulationOptions): SimulationResult {
  const startedAt = performance.now();
  const options = checkSimulation(given);
  const { peers, topology, rounds: count, byzantine, attack: name, seed } = options;
  const attack = byzantine > 0 ? new Attack({ name, peers, byzantine, seed }) : undefined;
  const everybody = Array.from({ length: peers }, (_, i) => i);
  const honest = attack?.honest ?? everybody;
  const mesh = build(options, attack);
  const vector = (peer: number) => mesh.vector(peer);
  const before = spreadOf(honest, vector);
  const start = distanceOf(before, honest.length);
  const prediction = predict(options);
  const rounds: SimulatedRound[] = [];
  const refused: Record<string, number> = {};
  let mixingSeconds = 0;
  for (let round = 0; round < count; round++) {
    const beganAt = performance.now();
    const realised = realise(options, round);
    const mixed = mesh.mix(realised, round);
    mixingSeconds += (performance.now() - beganAt) / 1000;
    for (const { peer } of mixed.refused) refused[peer] = (refused[peer] ?? 0) + 1;
    rounds.push({
      round: round + 1,
      consensus: distanceOf(spreadOf(honest, vector), honest.length),
      predicted: start * Math.sqrt(prediction.after(realised, round)),
      bytesPerPeer: mixed.bytes / peers,
    });
  }
  const error = errorTo(before.mean, honest, vector);
  return {
    peers,
    topology,
    seconds: (performance.now() - startedAt) / 1000,
    rounds,
    mixingSeconds,
    virtualSeconds: count * ROUND_MILLISECONDS / 1000,
    start,
    error,
    prediction: prediction.source,
    byzantine: everybody.filter((peer) => attack && !honest.includes(peer)).map(peerName),
    refused,
  };
}
