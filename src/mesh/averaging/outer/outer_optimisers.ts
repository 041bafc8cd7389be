/**
 * All outer optimisers by name.
 *
 * @module
 */
import { UserError } from "../../../core/errors.ts";
import { gossipNesterov } from "./gossip_nesterov.ts";
import { nesterov } from "./nesterov.ts";
import type { OuterOptimiser } from "./outer_optimiser.ts";
import { plain } from "./plain.ts";

/** Every outer optimiser; a new one is one file and one line here. */
export const outerOptimisers: readonly OuterOptimiser[] = [plain, nesterov, gossipNesterov];

/** @throws {UserError} if no outer optimiser has that name. */
export function outerOptimiserNamed(name: string): OuterOptimiser {
  const found = outerOptimisers.find((optimiser) => optimiser.name === name);
  if (found) return found;
  const names = outerOptimisers.map((optimiser) => optimiser.name).join(", ");
  throw new UserError(`choosing an outer optimiser: it must be one of ${names}`, { value: name });
}
