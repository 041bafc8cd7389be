/**
 * What theory says of the consensus distance: E‖x(t) − x̄‖² / ‖x(0) − x̄‖² over independent, equally distributed
 * beginnings, for honest peers that mix by the mean without compression.
 *
 * Where the topology has a closed form it is that. Else x(t) = A·x(0) with A the product of the mixing matrices that
 * came about, and the expectation is Σ_j ‖a_j − ā_j‖² / (n − 1) over the columns a_j of A, ā_j their mean: they are
 * what unit vectors become. Of more than 512 columns, 512 are taken at random, which leaves the estimate unbiased.
 *
 * @module
 */
import { Rng } from "../../../core/rng.ts";
import { none } from "../compression/none.ts";
import { topologies } from "../topologies/topologies.ts";
import { spreadOf } from "./consensus.ts";
import { failure, type Realised } from "./faults.ts";
import { LinearMesh } from "./linear_mesh.ts";
import type { SimulatedMesh } from "./mesh.ts";
import type { CheckedOptions } from "./options.ts";
import { PushSumMesh } from "./push_sum_mesh.ts";

const MAX_COLUMNS = 512;

/** Predictions round by round. */
export interface Prediction {
  /** Where the figures come from. */
  readonly source: string;
  /** The relative variance after what came about in `round`, from 0; rounds come in order. */
  after(realised: Realised, round: number): number;
}

/** Unit vectors, or some of them: peer i begins with row i. */
function units({ peers, seed }: CheckedOptions): Float32Array[] {
  const everybody = Array.from({ length: peers }, (_, i) => i);
  const columns = peers <= MAX_COLUMNS
    ? everybody
    : new Rng(seed).fork("columns").shuffle(everybody).slice(0, MAX_COLUMNS);
  const vectors = everybody.map(() => new Float32Array(columns.length));
  columns.forEach((peer, column) => vectors[peer][column] = 1);
  return vectors;
}

function product(options: CheckedOptions): Prediction {
  const { peers, topology, degree } = options;
  const { links, period } = topologies.named(topology);
  const vectors = units(options);
  const columns = vectors[0].length;
  const codec = none.open({ values: columns, matrices: [] });
  const mesh: SimulatedMesh = links === "two-way"
    ? new LinearMesh(vectors, 0)
    : new PushSumMesh(vectors, { codec, lossless: true });
  const everybody = Array.from({ length: peers }, (_, i) => i);
  const isCertain = options.churn === 0 && options.drop === 0 && options.delay === 0;
  const exactAfter = isCertain ? period(peers, degree) : undefined;
  return {
    source: `the product of the mixing matrices that came about${peers > columns ? `, ${columns} of its columns` : ""}`,
    after(realised, round) {
      mesh.mix(realised, round);
      if (exactAfter !== undefined && round + 1 >= exactAfter) return 0;
      const { squares } = spreadOf(everybody, (peer) => mesh.vector(peer));
      return squares / columns * peers / (peers - 1);
    },
  };
}

/** The prediction for a run with these options. */
export function predict(options: CheckedOptions): Prediction {
  const { topology, peers, rounds, degree, churn, delay } = options;
  const { variance } = topologies.named(topology);
  // the closed forms of fixed plans are for links that always hold
  const drop = delay === 0 ? options.drop : failure(options);
  const closed = variance?.(peers, rounds, { degree, churn, drop });
  if (!closed) return product(options);
  return { source: "the topology's closed form", after: (_, round) => closed[round + 1] };
}
