/**
 * The objectives by name: a new one is one new file and one line here.
 *
 * @module
 */
import { UserError } from "../../core/errors.ts";
import { fcl } from "./fcl.ts";
import type { CreateObjective, Objective, ObjectiveOptions } from "./objective.ts";

/** Every objective. */
export const objectives: Readonly<Record<string, CreateObjective>> = Object.freeze({
  fcl,
});

/**
 * Makes the objective that the configuration names.
 *
 * @throws {UserError} if there is none of that name.
 */
export function createObjective(options: ObjectiveOptions): Objective {
  const { objective } = options.config;
  if (!Object.hasOwn(objectives, objective)) {
    throw new UserError(`starting pre-training: the objective must be one of ${Object.keys(objectives).join(", ")}`, {
      where: "pretrain.objective",
      value: objective,
    });
  }
  return objectives[objective](options);
}
