/**
 * Kept models for other programs.
 *
 * @example
 * ```ts
 * import { readModel } from "../models/mod.ts";
 * import { exportModel } from "./mod.ts";
 *
 * // a folder with `network.py`, which PyTorch alone runs
 * export async function forPytorch(model: string, folder: string): Promise<void> {
 *   await exportModel(await readModel(model), folder, { to: "pytorch" });
 * }
 * ```
 *
 * @module
 */
export { type ExportFormat, exportFormats, exportModel, requireNewOutput } from "./formats.ts";
export { pytorchTensors } from "./tensors.ts";
// types of other rooms that this one speaks of
export type { NamedVector } from "../core/vectors.ts";
export type { KeptModel } from "../models/folder.ts";
