/**
 * The forms in which a kept model is written for other programs.
 *
 * @module
 */
import { messageOf, UserError } from "../core/errors.ts";
import { entryAt } from "../core/files.ts";
import type { KeptModel } from "../models/folder.ts";
import { exportMonai } from "./monai/export_monai.ts";
import { exportOnnx } from "./onnx/export_onnx.ts";
import { exportPytorch } from "./pytorch/export_pytorch.ts";

/** Writes `model` to `output`, which is not there yet. */
type Write = (model: KeptModel, output: string) => Promise<void>;

/** The forms by name. */
export const exportFormats: readonly ["onnx", "monai", "pytorch"] = ["onnx", "monai", "pytorch"];

/** A form's name. */
export type ExportFormat = typeof exportFormats[number];

const writers: Readonly<Record<ExportFormat, Write>> = {
  onnx: exportOnnx,
  monai: exportMonai,
  pytorch: exportPytorch,
};

/**
 * For whoever has work to do before the model is written.
 *
 * @throws {UserError} if there is something at `output`: what others made is never replaced.
 */
export async function requireNewOutput(output: string): Promise<void> {
  const found = await entryAt(output, { follow: false }).catch((cause) => {
    throw new UserError(`exporting a model: ${messageOf(cause)}`, { where: output, cause });
  });
  if (found === undefined) return;
  throw new UserError("exporting a model: the output must not be there yet", { where: output });
}

/**
 * Writes a model for another program: a new folder or file.
 *
 * @throws {UserError} if `output` is there already or cannot be written, or the weights are not those of the model's
 * network, or the form cannot say what the model needs.
 */
export async function exportModel(model: KeptModel, output: string, options: { to: ExportFormat }): Promise<void> {
  await requireNewOutput(output);
  try {
    await writers[options.to](model, output);
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    throw new UserError(`exporting a model: the output must be writable: ${messageOf(cause)}`, {
      where: output,
      cause,
    });
  }
}
