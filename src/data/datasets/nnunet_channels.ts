/** nnU-Net's files of several channels a case, which are not read. */
import { UserError } from "../../core/errors.ts";
import { asRecord } from "./description.ts";

/** @throws {UserError} unless a dataset.json names one channel, or none. */
export function requireOneChannel(json: Record<string, unknown>, where: string): void {
  const field = asRecord(json.channel_names) ? "channel_names" : "modality";
  const channels = asRecord(json[field]) ?? { "0": "" };
  if (Object.keys(channels).length === 1) return;
  throw new UserError(
    "opening a dataset: images must have one channel: keep one file a case, CASE_0000, and one entry of the field",
    { where: `${where}, field ${field}`, value: Object.keys(channels).length },
  );
}
