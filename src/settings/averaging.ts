/** The section `mesh.averaging`, of protocols `averaging`: how weights are averaged, the same at all peers. */
import * as v from "valibot";
import { finite, flag, integer, nameIn } from "../core/settings.ts";
import { aggregationRules } from "../mesh/averaging/aggregation/rules.ts";
import { compressors } from "../mesh/averaging/compression/compressors.ts";
import { outerOptimisers } from "../mesh/averaging/outer/outer_optimisers.ts";
import { DEFAULT_AVERAGING } from "../mesh/averaging/settings.ts";
import { topologies } from "../mesh/averaging/topologies/topologies.ts";

/** What peers and protocols alike say of averaging. */
export const averagingEntries = {
  topology: v.optional(nameIn(topologies, { description: "Who mixes with whom." }), DEFAULT_AVERAGING.topology),
  degree: v.optional(
    integer(1, 64, {
      description: "Members to mix with in a step of averaging, where the topology leaves a choice.",
      unit: "members",
    }),
    DEFAULT_AVERAGING.degree,
  ),
  compression: v.optional(
    nameIn(compressors, { description: "How weights are encoded on the way." }),
    DEFAULT_AVERAGING.compression,
  ),
  rule: v.optional(
    nameIn(aggregationRules, { description: "What is made of the vectors that come." }),
    DEFAULT_AVERAGING.rule,
  ),
};

/** An outer optimiser with its rates. */
const outerSchema = v.pipe(
  v.strictObject({
    name: v.optional(nameIn(outerOptimisers, { description: "The outer optimiser." }), "plain"),
    learningRate: v.optional(
      finite(1e-3, 10, {
        description: "Factor on what a round changed. Refused with plain averaging, which has none.",
        otherwise: "the optimiser's own",
      }),
    ),
    momentum: v.optional(
      finite(0, 0.999, {
        description: "What is carried on of the round before. Refused with plain averaging, which has none.",
        otherwise: "the optimiser's own",
      }),
    ),
  }),
  v.description("What becomes of the local steps between two exchanges."),
  v.check(
    ({ name, learningRate, momentum }) =>
      outerOptimisers.named(name).rates !== undefined || (learningRate ?? momentum) === undefined,
    "must have no learningRate and no momentum with plain averaging, which has none",
  ),
  v.transform(({ name, ...rates }) => ({ name, ...outerOptimisers.named(name).rates, ...rates })),
);

/** One that is off is left out, so that peers agree with those that do not know of it. */
const secureSchema = v.pipe(
  flag({
    description: "Give weights to sums over all who are there only, masked, so that no member sees another's. Goes " +
      "with the topology `complete`, the rule `mean`, the compression `none` and three members or more.",
    otherwise: "false",
  }),
  v.transform((secure) => secure || undefined),
);

/** The schema of a peer's section. */
export const averagingSchema = v.strictObject({
  ...averagingEntries,
  secure: v.optional(secureSchema),
  outer: v.optional(outerSchema, {}),
});
