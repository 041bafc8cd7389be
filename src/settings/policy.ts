/**
 * The field `policy` of a site's configuration: what the site lets go. It is the site's own: no other site's settings,
 * nor what all sites agree on, can lower it.
 *
 * @module
 */
import * as v from "valibot";
import { UserError } from "../core/errors.ts";
import { described, finite, flag, integer } from "../core/settings.ts";
import type { PolicySettings } from "./types.ts";

const noiseSchema = v.strictObject({
  epsilon: finite(1e-3, 1e3, { description: "What each release may tell of a single embedding." }),
  delta: finite(1e-15, 0.1, { description: "The probability that it tells more.", unit: "probability" }),
});

/** What peers and protocols alike say. */
export const policySchema = v.strictObject({
  featuresPerRound: v.optional(
    integer(0, 65_536, {
      description: "Most features that are released in a round, whatever pre-training asks for; 0: none.",
      unit: "features",
    }),
    2048,
  ),
  noise: v.optional(
    described(v.nullable(noiseSchema), {
      description:
        "Gaussian noise that makes each release (epsilon, delta)-differentially private for each single embedding, " +
        "of L2 norm 1; null: none. It does not cover the weights, and a volume has many embeddings.",
    }),
    null,
  ),
  totalEpsilon: v.optional(
    described(v.nullable(finite(1e-3, 1e6)), {
      description: "The epsilon, at the noise's delta, that all releases together may spend: then no features leave " +
        "any more. Required with noise, where it must be at least its epsilon; refused without.",
    }),
    null,
  ),
});

const PROTECTED = "update";

const weightsSchema = v.strictObject({
  clip: finite(1e-6, 1e6, { description: "The L2 norm that a round's update has at most; longer ones are shortened." }),
  epsilon: finite(1e-3, 1e6, { description: "What one update may tell of whether it is there or nothing." }),
  delta: finite(1e-15, 0.1, { description: "The probability that it tells more.", unit: "probability" }),
  totalEpsilon: finite(1e-3, 1e9, {
    description: "The epsilon, at delta, that all updates together may spend: then this site adds nothing to the " +
      "weights any more. At least epsilon.",
  }),
  protects: v.optional(
    described(
      v.picklist(
        [PROTECTED],
        'must be "update": a round\'s update is clipped as a whole, so that nothing holds for a single volume, case or ' +
          "patient",
      ),
      { description: "Of what epsilon speaks." },
    ),
    PROTECTED,
  ),
});

/** The schema of a peer's field: with what only those ask who plan together, and of weights, which only peers give. */
export const peersPolicySchema = v.strictObject({
  ...policySchema.entries,
  weights: v.optional(
    described(weightsSchema, {
      description: "Clips what each round of training adds to the shared weights, and gives it Gaussian noise.",
      otherwise: "weights are shared as they are",
    }),
  ),
  fingerprint: v.optional(
    flag({
      description: "Whether counts, medians and ranges of the site's volumes leave where sites plan together; false: " +
        "the site takes over what the others plan.",
      otherwise: "true",
    }),
  ),
});

/** Checks that the fields do not contradict each other. @throws {UserError} if they do; `where` names the file. */
export function checkPolicy({ noise, totalEpsilon, weights }: PolicySettings, where: string): void {
  const refuse = (rule: string, value: unknown, field = "policy.totalEpsilon") => {
    throw new UserError(`reading the configuration: ${rule}`, { where: `${where}, field "${field}"`, value });
  };
  if (weights && weights.totalEpsilon < weights.epsilon) {
    const rule = `it must allow at least one update of epsilon ${weights.epsilon}`;
    refuse(rule, weights.totalEpsilon, "policy.weights.totalEpsilon");
  }
  if (noise === null) {
    if (totalEpsilon !== null) refuse("without noise there is nothing to account for", totalEpsilon);
  } else if (totalEpsilon === null) {
    refuse("with noise it must say how much all releases together may spend", totalEpsilon);
  } else if (totalEpsilon < noise.epsilon) {
    refuse(`it must allow at least one release of epsilon ${noise.epsilon}`, totalEpsilon);
  }
}
