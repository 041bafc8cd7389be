/**
 * Whether a method can be run on the sites and the patch that there are: found out before anything is run.
 *
 * @module
 */
import { parsePretrainConfig } from "../../pretraining/configuration.ts";
import type { PretrainConfig } from "../../pretraining/pretrain_config.ts";
import { UserError } from "../../core/errors.ts";
import type { Triple } from "../../core/triple.ts";
import { checkSitesAveraging } from "../../studies/averaging.ts";
import type { Method } from "./protocol.ts";

/** What a method must fit. */
export interface MethodFitsOptions {
  /** How many sites pre-train. */
  sites: number;
  /** Voxels along z, y, x. */
  patch: Triple;
  /** The protocol, for errors. */
  where: string;
}

/** What a method pre-trains with. @throws {UserError} if a setting breaks a rule. */
export function pretrainConfigOf(
  { name, objective, pretrain, schedule }: Method,
  patch: Triple,
  where = "protocol",
): PretrainConfig {
  const decaySteps = schedule.rounds * schedule.stepsPerRound;
  return parsePretrainConfig({ patch, decaySteps, ...pretrain, objective }, `${where}, method ${name}, in "pretrain"`);
}

/** Checks that the method fits. @throws {UserError} if it does not, naming what does not. */
export function requireMethodFits(method: Method, { sites, patch, where }: MethodFitsOptions): void {
  const { name, objective, averaging, leaves } = method;
  checkSitesAveraging(averaging, sites, `${where}, method ${name}, in "averaging"`);
  if (leaves && leaves.site > sites) {
    throw new UserError(`reading the protocol: the site that leaves must be one of the ${sites}`, {
      where: `${where}, field "methods.${name}.leaves.site"`,
      value: leaves.site,
    });
  }
  if (objective !== null && !method.from) pretrainConfigOf(method, patch, where);
}
