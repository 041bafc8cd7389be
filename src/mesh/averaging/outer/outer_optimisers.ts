/**
 * All outer optimisers by name.
 *
 * @module
 */
import { Registry } from "../../../core/registry.ts";
import { gossipNesterov } from "./gossip_nesterov.ts";
import { nesterov } from "./nesterov.ts";
import type { OuterOptimiser } from "./outer_optimiser.ts";
import { plain } from "./plain.ts";

/** Every outer optimiser; a new one is one file and one line here. */
export const outerOptimisers: Registry<OuterOptimiser> = new Registry("an outer optimiser", [
  plain,
  nesterov,
  gossipNesterov,
]);
