/**
 * All topologies by name.
 *
 * @example Whom a peer asks in round 7
 * ```ts
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 * import { partnersOf, topologies } from "./topologies.ts";
 *
 * const members = ["hospital-c", "hospital-a", "hospital-b"];
 * const { self, partners } = partnersOf(topologies.named("ring"), members, "hospital-a", { round: 7 });
 * assertAlmostEquals(self, 1 / 3);
 * assertEquals(partners, [{ peer: "hospital-b", weight: 1 / 3 }, { peer: "hospital-c", weight: 1 / 3 }]);
 * ```
 *
 * @module
 */
import { Registry } from "../../../core/registry.ts";
import { baseKPlus1 } from "./base_k_plus_1.ts";
import { complete } from "./complete.ts";
import { epidemic } from "./epidemic.ts";
import { onePeerExponential } from "./one_peer_exponential.ts";
import { ring } from "./ring.ts";
import type { MixingPlanOptions, Topology } from "./topology.ts";

/** Every topology; a new one is one file and one line here. */
export const topologies: Registry<Topology> = new Registry("a topology", [
  onePeerExponential,
  baseKPlus1,
  epidemic,
  ring,
  complete,
]);

/** One member's part of a plan, by peer id. */
export interface PlannedPartners {
  /** What it keeps of its own. */
  self: number;
  /** From whom it takes, and with what weight. */
  partners: { peer: string; weight: number }[];
  /** To whom it gives; the same peers as `partners` where links are two-way. */
  receivers: { peer: string; weight: number }[];
}

/**
 * What `own` has to do in a round. `members` in any order: all of the consortium, or those that are there, as the
 * topology's `plansOver` says.
 *
 * @throws {RangeError} if `own` is not among the members.
 */
export function partnersOf(
  topology: Topology,
  members: readonly string[],
  own: string,
  options: MixingPlanOptions,
): PlannedPartners {
  const sorted = [...new Set(members)].sort();
  const index = sorted.indexOf(own);
  if (index < 0) throw new RangeError(`planning a round: ${own} must be one of the members`);
  const plan = topology.plan(sorted.length, options);
  const { self, partners, weights } = plan[index];
  const receivers = plan.flatMap((row, i) => {
    const k = row.partners.indexOf(index);
    return k < 0 ? [] : [{ peer: sorted[i], weight: row.weights[k] }];
  });
  return { self, partners: partners.map((partner, k) => ({ peer: sorted[partner], weight: weights[k] })), receivers };
}
