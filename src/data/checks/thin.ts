/** Volumes that are much thinner than the patches that networks train on are told. */
import { UserError } from "../../core/errors.ts";
import { preparedDims } from "./_prepared_dims.ts";
import type { CaseHeaders, CheckContext } from "./check.ts";

/** Names that a sentence bears. */
const NAMES = 4;

/**
 * See the file's head. Such volumes are trained on: beyond their border a patch continues it. But where most of every
 * patch is that, the volumes, or the patch, may not be what somebody meant them to be.
 *
 * @returns for each axis (x, y, z of RAS) along which there are some, who they are and how many voxels they have.
 * @throws {UserError} if all of them are and the patch is fixed.
 */
export function tellThinVolumes(all: readonly CaseHeaders[], { plan, patch, fixedPatch }: CheckContext): string[] {
  if (!plan || !patch) return [];
  const volumes = all.map(({ reference, image }) => ({ id: reference.id, dims: preparedDims(image, plan) }));
  return [0, 1, 2].flatMap((axis) => {
    const wanted = patch[2 - axis];
    const thin = volumes.filter(({ dims }) => 2 * dims[axis] < wanted);
    if (thin.length === 0) return [];
    const listed = thin.slice(0, NAMES).map(({ id, dims }) => `${id} (${dims[axis]})`);
    const more = thin.length > NAMES ? ` and ${thin.length - NAMES} more` : "";
    if (fixedPatch && thin.length === all.length) {
      throw new UserError(
        `checking volumes: they must have at least half the ${wanted} voxels of the model's patch along ${
          "xyz"[axis]
        }, ` +
          "at its spacing, and none has; a model with a smaller patch, or a finer spacing, fits them",
        { where: thin[0].id, value: thin[0].dims[axis] },
      );
    }
    const share = `${thin.length} of ${all.length} volumes ${thin.length === 1 ? "has" : "have"}`;
    return `along ${"xyz"[axis]}, ${share} fewer than half the ${wanted} voxels of a patch, which continues their ` +
      `border beyond them: ${listed.join(", ")}${more}`;
  });
}
