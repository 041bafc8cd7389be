/**
 * Extensions: modules from elsewhere that register variants of their own when they are imported.
 *
 * An extension is code that runs with the peer's rights: it can read what the peer reads and send what the peer sends.
 * Which ones are loaded is the administrator's decision, and each is told with its digest when the peer starts.
 *
 * A thread knows what has been registered in it, so every thread that chooses variants by name loads them: the main one
 * before the configuration's names are checked, the training Worker before it opens the data.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { extensionUrl, loadExtensions } from "./extensions.ts";
 *
 * const url = extensionUrl(import.meta.resolve("../../scripts/examples/objective.ts"), "/etc/site");
 * const [{ variants }] = await loadExtensions([url], { where: "site.json" });
 * assertEquals(variants, ["an objective vicreg"]);
 * ```
 *
 * @module
 */
import { dirname, resolve, toFileUrl } from "@std/path";
import * as v from "valibot";
import { sha256Hex } from "../core/digest.ts";
import { messageOf, UserError } from "../core/errors.ts";
import { parseSettings } from "../core/settings.ts";
import { datasetFormats } from "../data/datasets/registry.ts";
import { aggregationRules } from "../mesh/averaging/aggregation/rules.ts";
import { compressors } from "../mesh/averaging/compression/compressors.ts";
import { outerOptimisers } from "../mesh/averaging/outer/outer_optimisers.ts";
import { topologies } from "../mesh/averaging/topologies/topologies.ts";
import { objectives } from "../pretraining/objectives/registry.ts";
import { extensionsSchema } from "../settings/extensions.ts";

/** An extension that has been loaded. */
export interface Extension {
  /** The module's URL. */
  readonly url: string;
  /** SHA-256 of the module's file, without what it imports, in hexadecimal; null where it is no file. */
  readonly digest: string | null;
  /** What it has registered: the kind with its article, and the name. */
  readonly variants: readonly string[];
}

/** Options of {@linkcode loadExtensions}. */
export interface LoadExtensionsOptions {
  /** Where the extensions are named, for errors. */
  where: string;
}

/** Whatever an extension may add to. */
const registries = [objectives, datasetFormats, topologies, compressors, aggregationRules, outerOptimisers];

/** By URL: what this thread has loaded. */
const loaded = new Map<string, Extension>();

/** Ends when the extensions asked for so far are loaded: one after another, so that each is told what it registered. */
let turn: Promise<unknown> = Promise.resolve();

/** The URL of an extension: one that is none is a path from `directory`. */
export function extensionUrl(given: string, directory: string): string {
  return /^(file|https):/.test(given) ? given : toFileUrl(resolve(directory, given)).href;
}

/**
 * Imports the modules at `urls` into this thread, in order; one that was imported before is not imported again.
 *
 * @throws {UserError} naming the module, if it cannot be imported, registers nothing, or is named twice.
 */
export function loadExtensions(urls: readonly string[], options: LoadExtensionsOptions): Promise<Extension[]> {
  const loading = turn.then(() => loadAll(urls, options));
  turn = loading.catch(() => {}); // the caller is told; the next one gets a turn of its own
  return loading;
}

/** What {@linkcode loadNamedExtensions} reads. */
export interface NamedExtensionsOptions {
  /** What was being done, for errors. */
  doing: string;
  /** The file that holds the settings. */
  file: string;
}

/**
 * Loads what the field `extensions` of a file's settings names, if there is one, so that the other fields may name what
 * these modules register.
 *
 * @throws {UserError} if the field is not a list of paths and URLs, or as {@linkcode loadExtensions} does.
 */
export async function loadNamedExtensions(value: unknown, { doing, file }: NamedExtensionsOptions): Promise<void> {
  if (typeof value !== "object" || value === null || !("extensions" in value)) return;
  const { extensions } = parseSettings(v.object({ extensions: extensionsSchema }), value, { doing, where: file });
  const urls = extensions.map((given) => extensionUrl(given, dirname(resolve(file))));
  await loadExtensions(urls, { where: `${file}, field "extensions"` });
}

async function loadAll(urls: readonly string[], { where }: LoadExtensionsOptions): Promise<Extension[]> {
  const extensions: Extension[] = [];
  for (const [index, url] of urls.entries()) {
    if (urls.indexOf(url) !== index) {
      throw new UserError("loading an extension: it is named twice", { where, value: url });
    }
    const extension = loaded.get(url) ?? await load(url, where);
    loaded.set(url, extension);
    extensions.push(extension);
  }
  return extensions;
}

async function load(url: string, where: string): Promise<Extension> {
  const refuse = (rule: string, cause?: unknown): never => {
    throw new UserError(`loading an extension: ${rule}`, { where, value: url, cause });
  };
  const before = registered();
  const digest = await digestOf(url).catch((cause) => refuse(messageOf(cause), cause));
  try {
    await import(url);
  } catch (cause) {
    refuse(messageOf(cause).split("\n")[0], cause);
  }
  const variants = registered().filter((variant) => !before.includes(variant));
  // a program that has registered variants by itself has perhaps imported the module; in the Worker nobody has
  const known = [...loaded.values()].flatMap(({ variants }) => variants);
  if (variants.length === 0 && before.every((variant) => known.includes(variant))) {
    refuse("it must register a variant when it is imported, from the same copy of this program that loads it");
  }
  return { url, digest, variants };
}

/** What programs and extensions have registered in this thread. */
function registered(): string[] {
  return registries.flatMap(({ kind, registered }) => registered.map(({ name }) => `${kind} ${name}`));
}

async function digestOf(url: string): Promise<string | null> {
  return url.startsWith("file:") ? await sha256Hex(await Deno.readFile(new URL(url))) : null;
}
