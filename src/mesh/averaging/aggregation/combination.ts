/**
 * Which topologies, compressors, rules and outer optimisers go together: one sentence for the first contradiction,
 * before anything runs.
 *
 * @module
 */
import { UserError } from "../../../core/errors.ts";
import { compressors } from "../compression/compressors.ts";
import { outerOptimisers } from "../outer/outer_optimisers.ts";
import { FEWEST } from "../secure/fewest.ts";
import { topologies } from "../topologies/topologies.ts";
import { aggregationRules } from "./rules.ts";

/** What a run is configured with, by name. */
export interface Combination {
  /** Who averages with whom. */
  topology: string;
  /** How vectors are encoded. */
  compression: string;
  /** How vectors are put together. */
  rule: string;
  /** The outer optimiser. @default "plain" */
  outer?: string;
  /** Whether weights only go into sums, masked. @default false */
  secure?: boolean;
  /** How many members there are. */
  members: number;
  /** Partners a round where the topology leaves a choice. @default 1 */
  degree?: number;
}

/**
 * Checks that they go together.
 *
 * @param options.where the configuration's file and field, for errors.
 * @throws {UserError} if a name is unknown, or naming the two that contradict each other and why.
 */
export function checkCombination(combination: Combination, { where }: { where?: string } = {}): void {
  const { members, degree = 1, outer = "plain", secure = false } = combination;
  const topology = topologies.named(combination.topology);
  const compressor = compressors.named(combination.compression);
  const rule = aggregationRules.named(combination.rule);
  const optimiser = outerOptimisers.named(outer);
  const contradiction = (first: string, second: string, why: string) => {
    throw new UserError(`combining ${first} with ${second}: ${why}`, { where });
  };
  if (topology.links === "one-way" && !rule.linear) {
    const why =
      "one-way links need push-sum, which keeps all mass, and this rule throws some away; take a two-way topology";
    contradiction(topology.name, rule.name, why);
  }
  if (topology.links === "one-way" && compressor.partial) {
    const why =
      "a push has no reference that both sides have, so what is left out would count as zero; take a quantiser";
    contradiction(topology.name, compressor.name, why);
  }
  if (secure) {
    const first = "secure sums";
    if (!rule.linear) {
      const why = "this rule looks at each member's vector, and of a sum nobody sees any; take the rule mean, which " +
        "believes everybody, or leave secure out";
      contradiction(first, rule.name, why);
    }
    if (topology.name !== "complete") {
      contradiction(first, topology.name, "a sum is over all who are there; take the topology complete");
    }
    if (!compressor.lossless) {
      contradiction(first, compressor.name, "what is masked cannot be compressed; take the compression none");
    }
    if (members < FEWEST) {
      const why = `of two each would know the other's weights by subtraction; there must be at least ${FEWEST} members`;
      contradiction(first, `${members} member${members === 1 ? "" : "s"}`, why);
    }
  }
  const { least } = topology.partners(members, degree);
  if (least < rule.neighbours && members > 1) {
    const why =
      `this rule needs at least ${rule.neighbours} neighbours in every round, and there may be as few as ${least}`;
    contradiction(topology.name, rule.name, why);
  }
  if (optimiser.needsExactMean && topology.period(members, degree) !== 1) {
    const why = "its momentum must be the same at all peers, which only the exact mean of every round gives; take " +
      "gossip-nesterov, or the topology complete";
    contradiction(topology.name, optimiser.name, why);
  }
  if (optimiser.needsExactMean && !rule.linear) {
    const why = "its momentum must be the same at all peers, and what this rule gives differs from peer to peer";
    contradiction(rule.name, optimiser.name, why);
  }
}
