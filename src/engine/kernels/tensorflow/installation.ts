/**
 * Where the tensorflow engine's native parts lie, and what they are. `deno task engine:tensorflow` puts them there.
 *
 * @module
 */

import { fromFileUrl, join, relative, resolve } from "@std/path";
import { UserError } from "../../../core/errors.ts";
import { writeAtomically } from "../../../core/files.ts";

/** The task that sets the engine up, as the user types it. */
export const SETUP_TASK = "deno task engine:tensorflow";

/** The environment variable that names another folder than the project's own. */
export const FOLDER_VARIABLE = "SYNCYTIUM_TENSORFLOW";

/** The npm packages that may drive TensorFlow: their JavaScript is the same, what they allow is not. */
const packageNames = ["@tensorflow/tfjs-node", "@tensorflow/tfjs-node-gpu"] as const;

/** One of {@linkcode packageNames}. */
export type PackageName = typeof packageNames[number];

/** The engine's native parts. */
export interface Installation {
  /** The npm package whose addon it is. */
  readonly packageName: PackageName;
  /** The compiled addon, absolute. */
  readonly addon: string;
  /** The version of the TensorFlow that it is linked with. */
  readonly version: string;
  /** Whether this TensorFlow found a CUDA device when it was set up. */
  readonly cuda: boolean;
}

const MANIFEST = "installation.json";

/** The folder of the native parts: {@linkcode FOLDER_VARIABLE}, or `.engines/tensorflow` in the project. */
export function installationFolder(): string {
  const named = Deno.env.get(FOLDER_VARIABLE);
  return named ? resolve(named) : fromFileUrl(new URL("../../../../.engines/tensorflow/", import.meta.url));
}

/**
 * What was set up in `folder`.
 *
 * @throws {UserError} if nothing was, or what was set up is not whole.
 */
export async function readInstallation(folder: string = installationFolder()): Promise<Installation> {
  const refuse = (rule: string, cause?: unknown) =>
    new UserError(`starting the tensorflow engine: ${rule}; \`${SETUP_TASK}\` does it`, { where: folder, cause });
  let text: string;
  try {
    text = await Deno.readTextFile(join(folder, MANIFEST));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw refuse("it must be set up first");
    throw error;
  }
  const installation = decode(text, folder);
  if (!installation) throw refuse(`its ${MANIFEST} is damaged and it must be set up again`);
  const present = await Deno.stat(installation.addon).then(({ isFile }) => isFile, () => false);
  if (!present) throw refuse(`its addon ${installation.addon} is gone and it must be set up again`);
  return installation;
}

/** Writes down what was set up in `folder`, which may be moved afterwards. */
export async function writeInstallation(folder: string, installation: Installation): Promise<void> {
  const manifest = { ...installation, addon: relative(folder, installation.addon) };
  await writeAtomically(join(folder, MANIFEST), JSON.stringify(manifest, null, 2) + "\n");
}

function decode(text: string, folder: string): Installation | undefined {
  let value: Partial<Installation> | null;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const packageName = packageNames.find((name) => name === value?.packageName);
  if (!packageName || typeof value?.addon !== "string" || typeof value.version !== "string") return undefined;
  if (typeof value.cuda !== "boolean") return undefined;
  return { packageName, addon: resolve(folder, value.addon), version: value.version, cuda: value.cuda };
}
