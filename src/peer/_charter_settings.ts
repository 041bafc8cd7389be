/**
 * Settings that a configuration leaves out because its charter has them.
 *
 * @module
 */
import { resolve } from "@std/path";
import { UserError } from "../core/errors.ts";
import { readTextIfThere } from "../core/text_files.ts";
import { CHARTER_LIMITS, CharterError } from "../mesh/charter/charter.ts";
import { parseCharterFile } from "../mesh/charter/file.ts";
import type { CharterSettings } from "../mesh/charter/settings.ts";
import { isSection, textsIn, valueAt } from "./_by_path.ts";
import { agreedTexts, differences, settingsDiffer } from "./_differences.ts";

/** What a configuration file says, and what it takes from its charter. */
export interface Written {
  /** With what the charter says where the file says nothing; unchecked. */
  readonly value: unknown;
  /** As it stands in the file. */
  readonly own: unknown;
  /** The charter's settings, where it carries any, and its file. */
  readonly charter?: { readonly settings: CharterSettings; readonly file: string };
}

/**
 * `own` with what its charter says. Where the charter is not there yet, what is left out stays so: the charter is made
 * with a configuration that names it.
 *
 * @throws {UserError} if the charter is not valid, or is not there while what is trained is left out.
 */
export async function withCharterSettings(own: unknown, directory: string): Promise<Written> {
  const named = valueAt(own, "mesh.charter");
  if (typeof named !== "string" || named === "") return { value: own, own };
  const file = resolve(directory, named);
  const text = await readTextIfThere(file, { doing: "reading the charter", atMost: CHARTER_LIMITS.fileBytes });
  if (text === undefined) {
    if (valueAt(own, "network") !== undefined || valueAt(own, "plan") !== undefined) return { value: own, own };
    const rule = 'the charter must be there, from which "network" and all else that sites share is taken';
    throw new UserError(`reading the configuration: ${rule}`, { where: file });
  }
  const settings = await settingsIn(text, file);
  return settings ? { value: merged(own, settings), own, charter: { settings, file } } : { value: own, own };
}

async function settingsIn(text: string, where: string): Promise<CharterSettings | undefined> {
  try {
    const { chain, pending } = await parseCharterFile(text);
    return (chain?.newest ?? pending?.charter)?.settings;
  } catch (cause) {
    if (!(cause instanceof CharterError)) throw cause;
    throw new UserError(`reading the charter: ${cause.message}`, { where, cause });
  }
}

/** `own`, and what `settings` say where it says nothing. */
function merged(own: unknown, settings: unknown): unknown {
  if (own === undefined) return settings;
  if (!isSection(own) || !isSection(settings)) return own;
  const parts = Object.entries(settings).map(([key, part]) => [key, merged(own[key], part)]);
  return { ...own, ...Object.fromEntries(parts) };
}

/**
 * Does `parse`, whose refusal of a configuration that contradicts its charter says in what: the rule that the mixture
 * of both breaks may be of a field that the file has not.
 */
export function explained<T>({ own, charter }: Written, file: string, parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    if (!(cause instanceof UserError) || !charter) throw cause;
    const [said, agreed] = [textsIn(own), agreedTexts(charter.settings)];
    const inBoth = Object.keys(said).filter((path) => path in agreed);
    const of = (texts: Record<string, string>) => Object.fromEntries(inBoth.map((path) => [path, texts[path]]));
    const lines = differences(of(said), of(agreed));
    if (lines.length === 0) throw cause;
    throw settingsDiffer(lines, { doing: "reading the configuration", where: file, cause });
  }
}
