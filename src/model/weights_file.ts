/**
 * Weights as safetensors files on disk.
 *
 * @module
 */
import { messageOf, UserError } from "../core/errors.ts";
import { writeAtomically } from "../core/files.ts";
import type { NamedVector } from "../core/vectors.ts";
import { decodeSafetensors, encodeSafetensors, type Safetensors } from "./safetensors.ts";

/** Reads a safetensors file; throws a {@linkcode UserError} that names it where it is missing or damaged. */
export async function readSafetensors(path: string): Promise<Safetensors> {
  const bytes = await Deno.readFile(path).catch((error) => {
    throw new UserError(`reading weights: ${messageOf(error)}`, { where: path, cause: error });
  });
  return decodeSafetensors(bytes, path);
}

/** Writes a safetensors file atomically; throws a {@linkcode UserError} where the place cannot be written to. */
export async function writeSafetensors(
  path: string,
  vectors: readonly NamedVector[],
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const bytes = encodeSafetensors(vectors, metadata);
  await writeAtomically(path, bytes).catch((error) => {
    throw new UserError(`writing weights: ${messageOf(error)}`, { where: path, cause: error });
  });
}
