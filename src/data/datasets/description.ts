/**
 * Checks that the formats with a dataset.json share.
 *
 * @module
 */
import { UserError } from "../../core/errors.ts";
import { readJsonIfThere } from "../../core/text_files.ts";

/** `value` as an object whose fields can be looked at. */
export function asRecord(value: unknown): Record<string, unknown> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? value as Record<string, unknown>
    : undefined;
}

/** The parsed dataset.json of a folder; undefined where there is none. @throws {UserError} if it is no JSON object. */
export async function readDescription(directory: string): Promise<unknown> {
  const where = `${directory}/dataset.json`;
  const value = await readJsonIfThere(where, { doing: "opening a dataset", what: "dataset.json" });
  if (value === undefined) return undefined;
  if (!asRecord(value)) throw new UserError("opening a dataset: dataset.json must hold one object", { where });
  return value;
}

/**
 * Label names by value, background left out, from pairs of value and name.
 *
 * @throws {UserError} if a value is no integer from 0 to 255, or two labels share a value or a name.
 */
export function labelMap(pairs: readonly (readonly [unknown, unknown])[], where: string): ReadonlyMap<number, string> {
  const labels = new Map<number, string>();
  const seen = new Map<number, unknown>();
  for (const [value, name] of pairs) {
    const number = typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
    if (typeof number !== "number" || !Number.isInteger(number) || number < 0 || number > 255) {
      throw new UserError("opening a dataset: a label's value must be an integer from 0 to 255", {
        where: `${where}, field labels`,
        value: JSON.stringify(value),
      });
    }
    if (typeof name !== "string" || !name) {
      throw new UserError("opening a dataset: a label's name must be text", {
        where: `${where}, field labels`,
        value: JSON.stringify(name),
      });
    }
    if (seen.has(number) || (number !== 0 && [...labels.values()].includes(name))) {
      throw new UserError("opening a dataset: every label must have a value and a name of its own", {
        where: `${where}, field labels`,
        value: `${number} ${name}`,
      });
    }
    seen.set(number, name);
    if (number !== 0) labels.set(number, name);
  }
  if (!labels.size) {
    throw new UserError("opening a dataset: there must be at least one label beside the background", {
      where: `${where}, field labels`,
    });
  }
  return new Map([...labels].sort(([a], [b]) => a - b));
}

/** @throws {UserError} unless the file exists. */
export async function requireFile(path: string, promisedBy: string): Promise<void> {
  const info = await Deno.stat(path).catch((cause) => {
    throw new UserError(`opening a dataset: a file that ${promisedBy} names must exist`, { where: path, cause });
  });
  if (!info.isFile) throw new UserError(`opening a dataset: what ${promisedBy} names must be a file`, { where: path });
}

/** @throws {UserError} if `numTraining` is given and is not the number of training cases found. */
export function checkNumTraining(description: Record<string, unknown>, found: number, where: string): void {
  const { numTraining } = description;
  if (numTraining !== undefined && numTraining !== found) {
    throw new UserError(`opening a dataset: numTraining must be the number of training cases, ${found}`, {
      where,
      value: numTraining,
    });
  }
}
