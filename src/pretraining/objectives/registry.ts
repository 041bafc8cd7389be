/**
 * The objectives by name: a new one is one new file, one line here and one in `settings.ts`.
 *
 * @module
 */
import { byol } from "./byol.ts";
import { fcl } from "./fcl.ts";
import { local } from "./local.ts";
import { moco } from "./moco.ts";
import type { CreateObjective, Objective, ObjectiveOptions } from "./objective.ts";
import { reconstruction } from "./reconstruction.ts";
import { rotation } from "./rotation.ts";
import type { ObjectiveName } from "./settings.ts";
import { simclr } from "./simclr.ts";

/** Every objective; those that are `fcl` differ in the settings that `settings.ts` fixes. */
export const objectives: Readonly<Record<ObjectiveName, CreateObjective>> = Object.freeze({
  "fcl": fcl,
  "fcl-paper": fcl,
  "fcl-masked": fcl,
  "fcl-3d": fcl,
  "local": local,
  "simclr": simclr,
  "moco": moco,
  "byol": byol,
  "rotation": rotation,
  "reconstruction": reconstruction,
});

/** Makes the objective that the configuration names. */
export function createObjective(options: ObjectiveOptions): Objective {
  return objectives[options.config.objective](options);
}
