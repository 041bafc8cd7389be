import { UserError } from "../../core/errors.ts";
import type { SubjectMeasures } from "./division.ts";

/** The label volume of a subject. @throws {UserError} if it has none. */
export function labelVolumeOf(subject: string, { labelVolume }: SubjectMeasures): number {
  if (labelVolume !== null) return labelVolume;
  throw new UserError("making sites: a division by label volume needs a label of every subject", { where: subject });
}
