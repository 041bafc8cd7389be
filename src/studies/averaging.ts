/**
 * How sites that take turns on one machine average: by the plans, encodings and rules of the mesh, or in one place.
 *
 * @module
 */
import { UserError } from "../core/errors.ts";
import type { Layout } from "../core/vectors.ts";
import { vectorLayout } from "../mesh/averaging/compression/compressor.ts";
import { compressors } from "../mesh/averaging/compression/compressors.ts";
import { aggregationRules } from "../mesh/averaging/aggregation/rules.ts";
import { type AveragingSettings, checkAveraging } from "../mesh/averaging/settings.ts";
import type { Attack } from "../mesh/averaging/simulation/attacks.ts";
import { ExchangeMesh } from "../mesh/averaging/simulation/exchange_mesh.ts";
import { peerName } from "../mesh/averaging/simulation/mesh.ts";
import type { Row } from "../mesh/averaging/topologies/topology.ts";
import { topologies } from "../mesh/averaging/topologies/topologies.ts";

/** What a {@linkcode SitesAveraging} is made from. */
export interface SitesAveragingOptions {
  /** Among peers, or in one place: the exact mean, uncompressed, to and fro. */
  mixing: "gossip" | "central";
  /** Plan, encoding and rule, for those that average among peers. */
  averaging: AveragingSettings;
  /** Of the vectors. */
  layout: Layout;
  /** What each site counts for. */
  masses: readonly number[];
  /** Steps of averaging a round. */
  exchanges: number;
  /** Of the whole training: some rules look at how far it is. */
  rounds: number;
  /** Of the plans. */
  seed: number;
  /** Whether sites believe only what may be of the same training, as peers do. @default false */
  judging?: boolean;
  /** Some sites lie, among peers. @default none do */
  attack?: Pick<Attack, "observe" | "message">;
}

/** What a round of averaging cost, and whom it found out. */
export interface Averaged {
  /** Sent by all sites together. */
  readonly bytes: number;
  /** The place of a site, once for each of its vectors that an honest site refused. */
  readonly refused: readonly number[];
}

/** The sites' averaging. */
export interface SitesAveraging {
  /**
   * Averages after a round, from 1, over the sites that are `present`.
   *
   * @param vectors by site; replaced
   * @returns bytes that were sent, and which sites were not believed, by place in the list
   */
  average(vectors: Float32Array[], round: number, present: readonly number[]): Averaged;
}

/**
 * The settings with their defaults.
 *
 * @param sites how many average
 * @throws {UserError} if they do not go together, or links are one-way, over which nothing is averaged here.
 */
export function checkSitesAveraging(
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
export function openAveraging(options: SitesAveragingOptions): SitesAveraging {
  return options.mixing === "central" ? central(options) : gossip(options);
}

function central({ masses, exchanges }: SitesAveragingOptions): SitesAveraging {
  return {
    average(vectors, _, present) {
      if (exchanges === 0) return { bytes: 0, refused: [] };
      const mean = new Float64Array(vectors[0].length);
      const total = present.reduce((sum, site) => sum + masses[site], 0);
      for (const site of present) {
        const share = masses[site] / total;
        vectors[site].forEach((value, i) => mean[i] += share * value);
      }
      for (const site of present) vectors[site] = Float32Array.from(mean);
      return { bytes: 2 * present.length * 4 * mean.length, refused: [] };
    },
  };
}

function gossip(
  { averaging, layout, masses, exchanges, rounds, seed, attack, judging }: SitesAveragingOptions,
): SitesAveraging {
  const { topology, degree, compression, rule } = checkSitesAveraging(averaging, masses.length);
  const names = masses.map((_, site) => peerName(site));
  let mesh: ExchangeMesh | undefined;
  return {
    average(vectors, round, present) {
      mesh ??= new ExchangeMesh(vectors, {
        compressor: compressors.named(compression),
        rule: aggregationRules.named(rule),
        layout: vectorLayout(layout),
        masses,
        rounds: rounds * exchanges,
        attack,
        judging,
      });
      for (const site of present) mesh.setVector(site, vectors[site]);
      let bytes = 0;
      const refused: number[] = [];
      for (let exchange = 0; exchange < exchanges; exchange++) {
        const step = (round - 1) * exchanges + exchange;
        const plan = topologies.named(topology).plan(present.length, { round: step, seed, degree });
        const rows = vectors.map((): Row => ({ self: 1, partners: [], weights: [] }));
        plan.forEach(({ self, partners, weights }, k) => {
          rows[present[k]] = { self, partners: partners.map((partner) => present[partner]), weights };
        });
        const mixed = mesh.mix({ rows, pushes: [] }, step);
        bytes += mixed.bytes;
        refused.push(...mixed.refused.map(({ peer }) => names.indexOf(peer)));
      }
      for (const site of present) vectors[site] = Float32Array.from(mesh.vector(site));
      return { bytes, refused };
    },
  };
}
