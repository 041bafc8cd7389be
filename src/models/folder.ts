/**
 * A model as a folder: its weights as safetensors, what it says of itself as JSON, and a card for people.
 *
 * @module
 */
import { join } from "@std/path";
import { sha256Hex } from "../core/digest.ts";
import { messageOf, UserError } from "../core/errors.ts";
import { entryAt, replaceFolder, writeAtomically } from "../core/files.ts";
import { readJson } from "../core/text_files.ts";
import type { NamedVector } from "../core/vectors.ts";
import { decodeSafetensors, encodeSafetensors } from "../model/safetensors.ts";
import { modelCard } from "./card.ts";
import {
  type EncoderDescription,
  MODEL_FORMAT,
  MODEL_VERSION,
  type ModelDescription,
  parseModelDescription,
  type SegmentationDescription,
} from "./description.ts";

/** The files of a folder. */
export const MODEL_FILES = Object.freeze({
  description: "model.json",
  weights: "weights.safetensors",
  card: "MODEL_CARD.md",
});

/** What is said of a model before it is written: the rest follows from the weights. */
export type ModelFacts =
  | Omit<SegmentationDescription, "format" | "version" | "weights">
  | Omit<EncoderDescription, "format" | "version" | "weights">;

/** A model that was read. */
export interface KeptModel<Description extends ModelDescription = ModelDescription> {
  /** What it says of itself. */
  readonly description: Description;
  /** Its weights by name. */
  readonly vectors: readonly NamedVector[];
}

/** What a model says of itself with these weights. @throws {UserError} if it would be refused when it is read. */
export async function describeModel<Facts extends ModelFacts>(
  facts: Facts,
  vectors: readonly NamedVector[],
): Promise<Extract<ModelDescription, Pick<Facts, "kind">>> {
  return (await encode(facts, vectors, "a model")).description as Extract<ModelDescription, Pick<Facts, "kind">>;
}

async function encode(facts: ModelFacts, vectors: readonly NamedVector[], where: string) {
  const bytes = encodeSafetensors(vectors);
  const values = vectors.reduce((sum, { data }) => sum + data.length, 0);
  const weights = { file: MODEL_FILES.weights, sha256: await sha256Hex(bytes), values };
  const written = { format: MODEL_FORMAT, version: MODEL_VERSION, ...facts, weights };
  // as it will be read, so that nothing is written that would be refused
  return { bytes, written, description: parseModelDescription(JSON.parse(JSON.stringify(written)), where) };
}

/**
 * Writes a model into `folder`, in the place of an earlier one: whenever the process dies, there is the old one or the
 * new one, never parts of both.
 *
 * @param vectors of a network as it predicts
 * @throws {UserError} if it cannot be written.
 */
export async function writeModel(
  folder: string,
  facts: ModelFacts,
  vectors: readonly NamedVector[],
): Promise<ModelDescription> {
  const { bytes, written, description } = await encode(facts, vectors, folder);
  try {
    await replaceFolder(folder, async (aside) => {
      await writeAtomically(join(aside, MODEL_FILES.weights), bytes);
      await writeAtomically(join(aside, MODEL_FILES.description), JSON.stringify(written, null, 2) + "\n");
      await writeAtomically(join(aside, MODEL_FILES.card), modelCard(description));
    });
  } catch (cause) {
    throw new UserError(`writing a model: ${messageOf(cause)}`, { where: folder, cause });
  }
  return description;
}

/** What the model in `folder` says of itself. @throws {UserError} if there is none, or it breaks a rule. */
export async function readModelDescription(folder: string): Promise<ModelDescription> {
  await requireModel(folder);
  const path = join(folder, MODEL_FILES.description);
  return parseModelDescription(await readJson(path, { doing: "reading a model" }), path);
}

/**
 * The model in `folder`, its weights held against their digest.
 *
 * @throws {UserError} if there is none, or it is damaged, of another version, or breaks a rule.
 */
export async function readModel(folder: string): Promise<KeptModel> {
  const description = await readModelDescription(folder);
  const path = join(folder, description.weights.file);
  const bytes = await Deno.readFile(path).catch((cause) => {
    throw new UserError(`reading a model: its weights must be there: ${messageOf(cause)}`, { where: path, cause });
  });
  const digest = await sha256Hex(bytes);
  if (digest !== description.weights.sha256) {
    throw new UserError(
      'reading a model: the weights must be those that model.json names, whose SHA-256 is "weights.sha256"; ' +
        "the file is damaged, or of another model",
      { where: path, value: digest },
    );
  }
  return { description, vectors: decodeSafetensors(bytes, path).vectors };
}

/** The model in `folder`, which must be one that segments. @throws {UserError} as {@linkcode readModel}. */
export async function readSegmentationModel(folder: string): Promise<KeptModel<SegmentationDescription>> {
  const { description, vectors } = await readModel(folder);
  if (description.kind === "segmentation") return { description, vectors };
  throw new UserError("reading a model: an encoder predicts nothing before it is fine-tuned; name a folder `model`", {
    where: folder,
  });
}

/** Folders in which people look for a model, from that of its site. */
const BELOW = ["model", join("results", "model")];

/** @throws {UserError} if `folder` holds no model, with the place of one below it. */
async function requireModel(folder: string): Promise<void> {
  if (await isFile(join(folder, MODEL_FILES.description))) return;
  const rule = `reading a model: the folder must hold ${MODEL_FILES.description}`;
  for (const below of BELOW) {
    const path = join(folder, below);
    if (await isFile(join(path, MODEL_FILES.description))) {
      throw new UserError(`${rule}; there is a model in ${path}`, { where: folder });
    }
  }
  throw new UserError(rule, { where: folder });
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await entryAt(path))?.isFile ?? false;
  } catch (cause) {
    throw new UserError(`reading a model: ${messageOf(cause)}`, { where: path, cause });
  }
}
