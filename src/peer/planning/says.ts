/**
 * What a site says towards the plan, and what follows from what all have said.
 *
 * @module
 */
import canonicalize from "canonicalize";
import {
  type ConsortiumPlan,
  planConsortium,
  type PlanTerms,
  readConsortiumPlan,
} from "../../planning/consortium_plan.ts";
import { readSiteFingerprint, type SiteFingerprint } from "../../planning/site_fingerprint.ts";
import type { PeerConfiguration } from "../configuration.ts";

/** A fingerprint, that none is released, or a plan that overrides all fingerprints. */
export type Says =
  | { readonly fingerprint: SiteFingerprint }
  | { readonly refused: true }
  | { readonly plan: ConsortiumPlan };

/** What another site says, checked. @throws {RangeError} with a clause. */
export function readSays(value: unknown): Says {
  const [[kind, said] = [], ...others] = Object.entries(value ?? {});
  if (others.length === 0 && kind === "fingerprint") return { fingerprint: readSiteFingerprint(said) };
  if (others.length === 0 && kind === "plan") return { plan: readConsortiumPlan(said) };
  if (others.length === 0 && kind === "refused" && said === true) return { refused: true };
  throw new RangeError('it must be one of "fingerprint", "refused" and "plan"');
}

/** What all sites with this configuration's shared settings plan by. */
export function termsOf({ plan, data: { crop }, pretrain, fineTune }: PeerConfiguration): PlanTerms {
  return {
    ...(plan?.minutes !== undefined && { minutes: plan.minutes }),
    ...(crop && { crop }),
    patches: 2 * pretrain.volumes,
    fewestSteps: fineTune.mode === "federated" ? fineTune.rounds : 1,
  };
}

/** The plan that follows, whatever the order. @throws {UserError} if none does. */
export function planOf(all: readonly Says[], terms: PlanTerms): ConsortiumPlan {
  const given = all.flatMap((says) => "plan" in says ? [says.plan] : []);
  // all take the same of several
  const [first] = given.sort((a, b) => canonicalize(a)! < canonicalize(b)! ? -1 : 1);
  return first ?? planConsortium(all.flatMap((says) => "fingerprint" in says ? [says.fingerprint] : []), terms);
}
