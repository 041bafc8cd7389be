/** Forms that are of use only to networks that segment. */
import { UserError } from "../core/errors.ts";
import type { SegmentationDescription } from "../models/description.ts";
import type { KeptModel } from "../models/folder.ts";

/** @param how after "written". @throws {UserError} unless the model segments. */
export function requireSegmentation(
  { description, vectors }: KeptModel,
  how: string,
): KeptModel<SegmentationDescription> {
  if (description.kind === "segmentation") return { description, vectors };
  throw new UserError(
    `exporting a model: an encoder, which segments nothing yet, cannot be written ${how}; --to pytorch can`,
    { where: `${description.site}, ${description.dataset}` },
  );
}
