/**
 * Beginning anew in a folder of state that is gone on from: what belongs to the training is moved aside, what belongs
 * to the site stays (keys, addresses, charter, audit log, and the privacy account: what was released stays released).
 *
 * @module
 */
import { join } from "@std/path";
import { messageOf, UserError } from "../../core/errors.ts";
import type { PeerConfiguration } from "../configuration.ts";
import { CURVES, FINE_TUNING_PARTS, TRAINING_PARTS } from "./layout.ts";

/** The flag of `node` that begins the whole training anew. */
export const BEGIN_ANEW = "--begin-anew";

/** The flag of `node` that begins only a federated fine-tuning anew. */
export const FINE_TUNE_ANEW = "--fine-tune-anew";

/** What is begun anew. */
export type Anew = "training" | "fine-tuning";

/** Of the folder of results. */
const RESULTS = ["predictions", "model", "encoder", "site.json", "report.html", CURVES];

/**
 * Moves what belongs to the training into the next free folder `before-N` of state and results.
 *
 * @returns what the user is told: what lies where.
 * @throws {UserError} if it cannot be moved; begun again, the rest is.
 */
export async function beginAnew(
  { stateDirectory, outputDirectory }: Pick<PeerConfiguration, "stateDirectory" | "outputDirectory">,
  what: Anew,
): Promise<string[]> {
  const parts = what === "training" ? TRAINING_PARTS : FINE_TUNING_PARTS;
  const told = [
    ...await moveAside(stateDirectory, parts),
    ...await moveAside(outputDirectory, what === "training" ? RESULTS : ["model"]),
  ];
  if (told.length === 0) return [`nothing to begin anew: there is no ${what} in ${stateDirectory}`];
  return what === "fine-tuning" ? told : [
    ...told,
    "what the other sites hold was trained with the cases that this one trained with before; where this site's split " +
    "changes, they must begin anew, too, or test cases of now have been seen",
  ];
}

/** Moves those of `names` that are in `directory` into its next free folder `before-N`. @returns a sentence, if any. */
async function moveAside(directory: string, names: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const name of names) if (await exists(join(directory, name))) found.push(name);
  if (found.length === 0) return [];
  const aside = await nextAside(directory);
  try {
    await Deno.mkdir(aside);
    for (const name of found) await Deno.rename(join(directory, name), join(aside, name));
  } catch (cause) {
    throw new UserError(`beginning anew: ${messageOf(cause)}`, { where: aside, cause });
  }
  return [`${found.join(", ")} of ${directory} ${found.length === 1 ? "is" : "are"} now in ${aside}`];
}

/** The next free folder `before-N` of `directory`, which is not made yet. */
export async function nextAside(directory: string): Promise<string> {
  let number = 1;
  while (await exists(join(directory, `before-${number}`))) number++;
  return join(directory, `before-${number}`);
}

/** Whether a folder is called as those that {@linkcode nextAside} names. */
export function isEarlier(name: string): boolean {
  return /^before-\d+$/.test(name);
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return false;
    throw new UserError(`beginning anew: ${messageOf(cause)}`, { where: path, cause });
  }
}
