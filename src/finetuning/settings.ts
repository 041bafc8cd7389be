/**
 * The recipe of a fine-tuning, and what its checkpoints are made with.
 *
 * @module
 */
import { sha256Hex } from "../core/digest.ts";
import { parseSettings } from "../core/settings.ts";
import { suitedAugmentation } from "../data/augmentation/sets/suited.ts";
import type { Dataset } from "../data/datasets/dataset.ts";
import type { Settings } from "../peer/state/settings.ts";
import { fineTuningSchema } from "../settings/fine_tuning.ts";
import type { FineTuneSettings } from "../settings/types.ts";
import type { CaseSplit, SplitCasesOptions } from "./split.ts";

/** That of a peer that fine-tunes by itself. @param steps as many, where they are given */
export function recipeOf(steps?: number): FineTuneSettings {
  const value = { mode: "local", ...(steps !== undefined && { steps }) };
  return parseSettings(fineTuningSchema, value, { doing: "reading the recipe", where: "the flags" });
}

/** What decides what a training comes to. */
export interface TuningFacts {
  /** SHA-256 of the weights that it begins with. */
  from: string;
  dataset: Pick<Dataset, "name" | "labels">;
  split: CaseSplit;
  options: SplitCasesOptions;
  recipe: FineTuneSettings;
  /** The engine's name; undefined where it is not decided yet. */
  engine?: string;
}

/** All of it as text, under the names of the flags where there are some. */
export async function tuningSettings(facts: TuningFacts): Promise<Settings> {
  const { from, dataset: { name, labels }, split, options, recipe, engine } = facts;
  const { mode: _, rounds: __, steps, ...rest } = recipe;
  // by its own name: checkpoints of versions that left no choice are gone on from where it is the same
  const augmentation = suitedAugmentation(rest.augmentation, { labelled: split.labelled.length, together: false }).name;
  const others = { ...rest, augmentation };
  const ids = Object.entries(split).map(([use, cases]) => [use, cases.map(({ id }: { id: string }) => id).sort()]);
  const count = ids.reduce((sum, [, own]) => sum + own.length, 0);
  return {
    "--from": from,
    "--labelled": `${options.labelled}`,
    "--test": `${options.test}`,
    "--seed": `${options.seed}`,
    "--steps": `${steps}`,
    ...(engine !== undefined && { "--engine": engine }),
    "name of the data set": name,
    "cases": `${count} (digest ${(await sha256Hex(JSON.stringify(ids))).slice(0, 12)})`,
    ...Object.fromEntries([...labels].map(([value, label]) => [`label ${value}`, label])),
    ...Object.fromEntries(Object.entries(others).map(([field, value]) => [`fineTune.${field}`, JSON.stringify(value)])),
  };
}
