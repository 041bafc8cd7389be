/**
 * How the sites of an evaluation average, in turns on one machine: by the plans, encodings and rules of the mesh, or in
 * one place.
 *
 * @module
 */
import { UserError } from "../../core/errors.ts";
import type { Layout } from "../../core/vectors.ts";
import { vectorLayout } from "../../mesh/averaging/compression/compressor.ts";
import { compressors } from "../../mesh/averaging/compression/compressors.ts";
import { aggregationRules } from "../../mesh/averaging/aggregation/rules.ts";
import { type AveragingSettings, checkAveraging } from "../../mesh/averaging/settings.ts";
import { ExchangeMesh } from "../../mesh/averaging/simulation/exchange_mesh.ts";
import type { Row } from "../../mesh/averaging/topologies/topology.ts";
import { topologies } from "../../mesh/averaging/topologies/topologies.ts";

/** What a {@linkcode Mixing} is made from. */
export interface MixingOptions {
  /** Among peers, or in one place: the exact mean, uncompressed, to and fro. */
  mixing: "gossip" | "central";
  averaging: AveragingSettings;
  /** Of the vectors. */
  layout: Layout;
  /** What each site counts for. */
  masses: readonly number[];
  /** Steps of averaging a round. */
  exchanges: number;
  rounds: number;
  seed: number;
}

/** The sites' averaging. */
export interface Mixing {
  /**
   * Averages after a round, from 1, over the sites that are `present`.
   *
   * @param vectors by site; replaced
   * @returns bytes that were sent
   */
  mix(vectors: Float32Array[], round: number, present: readonly number[]): number;
}

/**
 * The settings with their defaults.
 *
 * @param sites how many average
 * @throws {UserError} if they do not go together, or links are one-way, over which nothing is averaged here.
 */
export function checkMixing(
  averaging: AveragingSettings,
  sites: number,
  where?: string,
): Readonly<Required<AveragingSettings>> {
  const checked = checkAveraging(averaging, sites, { where });
  if (topologies.named(checked.topology).links === "one-way") {
    throw new UserError("averaging in an evaluation: the topology's links must be two-way", {
      where,
      value: checked.topology,
    });
  }
  return checked;
}

/** Opens the averaging. @throws {UserError} if the settings do not go together. */
export function openMixing(options: MixingOptions): Mixing {
  return options.mixing === "central" ? central(options) : gossip(options);
}

function central({ masses, exchanges }: MixingOptions): Mixing {
  return {
    mix(vectors, _, present) {
      if (exchanges === 0) return 0;
      const mean = new Float64Array(vectors[0].length);
      const total = present.reduce((sum, site) => sum + masses[site], 0);
      for (const site of present) {
        const share = masses[site] / total;
        vectors[site].forEach((value, i) => mean[i] += share * value);
      }
      for (const site of present) vectors[site] = Float32Array.from(mean);
      return 2 * present.length * 4 * mean.length;
    },
  };
}

function gossip({ averaging, layout, masses, exchanges, rounds, seed }: MixingOptions): Mixing {
  const { topology, degree, compression, rule } = checkMixing(averaging, masses.length);
  let mesh: ExchangeMesh | undefined;
  return {
    mix(vectors, round, present) {
      mesh ??= new ExchangeMesh(vectors, {
        compressor: compressors.named(compression),
        rule: aggregationRules.named(rule),
        layout: vectorLayout(layout),
        masses,
        rounds: rounds * exchanges,
      });
      for (const site of present) mesh.setVector(site, vectors[site]);
      let bytes = 0;
      for (let exchange = 0; exchange < exchanges; exchange++) {
        const step = (round - 1) * exchanges + exchange;
        const plan = topologies.named(topology).plan(present.length, { round: step, seed, degree });
        const rows = vectors.map((): Row => ({ self: 1, partners: [], weights: [] }));
        plan.forEach(({ self, partners, weights }, k) => {
          rows[present[k]] = { self, partners: partners.map((partner) => present[partner]), weights };
        });
        bytes += mesh.mix({ rows, pushes: [] }, step).bytes;
      }
      for (const site of present) vectors[site] = Float32Array.from(mesh.vector(site));
      return bytes;
    },
  };
}
