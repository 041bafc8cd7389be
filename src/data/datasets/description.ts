/**
 * Checks that the formats with a dataset.json share.
 *
 * @module
 */
import { UserError } from "../../core/errors.ts";
import { readJsonIfThere } from "../../core/text_files.ts";
import type { LabelScheme } from "./dataset.ts";
import { Listings } from "./files.ts";

/** `value` as an object whose fields can be looked at. */
export function asRecord(value: unknown): Record<string, unknown> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? value as Record<string, unknown>
    : undefined;
}

/** The parsed dataset.json of a folder; undefined where there is none. @throws {UserError} if it is no JSON object. */
export async function readDescription(directory: string): Promise<unknown> {
  const listings = new Listings(directory);
  const name = await listings.find("dataset.json");
  if (name === undefined) {
    const named = await listings.find("dataset.json.txt"); // by editors on systems that hide what a name ends in
    if (named === undefined) return undefined;
    throw new UserError("opening a dataset: the description must be called dataset.json", {
      where: listings.path(named),
    });
  }
  const where = listings.path(name);
  const value = await readJsonIfThere(where, { doing: "opening a dataset", what: "dataset.json" });
  if (value === undefined) return undefined;
  if (!asRecord(value)) throw new UserError("opening a dataset: dataset.json must hold one object", { where });
  return value;
}

/** The name that nnU-Net gives to voxels without annotation. */
const IGNORE = "ignore";

/** How nnU-Net v2 (name and value) and everybody before it (value and name) write the field `labels`. */
export type LabelOrder = "by value" | "by name";

/**
 * What the field `labels` says: names by value, background left out, and the value of what nobody annotated.
 *
 * @param usual how the layout writes it; the other way is understood where it is plain.
 * @throws {UserError} if a value is no integer from 0 to 255, two labels share a value or a name, or there is none.
 */
export function parseLabels(json: Record<string, unknown>, where: string, usual: LabelOrder): LabelScheme {
  const named = asRecord(json.labels);
  const place = `${where}, field labels`;
  if (!named) {
    throw new UserError("opening a dataset: labels must be an object of values and names", { where: place });
  }
  const entries = Object.entries(named);
  const isNumber = (value: unknown) => typeof value === "number" || (typeof value === "string" && /^\d+$/.test(value));
  const isByValue = entries.every(([key, value]) => isNumber(key) && !isNumber(value));
  const isByName = entries.every(([key, value]) => !isNumber(key) && isNumber(value));
  const order = isByValue ? "by value" : isByName ? "by name" : usual;
  const labels = new Map<number, string>();
  let ignore: number | undefined;
  const seen = new Set<unknown>();
  for (const [key, content] of entries) {
    const [given, name] = order === "by value" ? [key, content] : [content, key];
    const value = labelValue(given, `${key}: ${JSON.stringify(content)}`, place);
    if (typeof name !== "string" || !name.trim()) {
      throw new UserError("opening a dataset: a label's name must be text", {
        where: place,
        value: JSON.stringify(name),
      });
    }
    const word = name.trim().normalize();
    if (seen.has(value) || seen.has(word)) {
      throw new UserError("opening a dataset: every label must have a value and a name of its own", {
        where: place,
        value: `${value} ${word}`,
      });
    }
    seen.add(value).add(word);
    if (word.toLowerCase() === "background" && value !== 0) {
      throw new UserError("opening a dataset: the background must have the value 0", { where: place, value });
    }
    if (word.toLowerCase() === IGNORE) ignore = value;
    else if (value !== 0) labels.set(value, word);
  }
  if (!labels.size) {
    throw new UserError("opening a dataset: there must be at least one label beside the background", { where: place });
  }
  // nnU-Net, documentation/ignore_label.md
  if (ignore !== undefined && ignore < Math.max(...labels.keys())) {
    throw new UserError("opening a dataset: the label ignore must have the highest value of all", {
      where: place,
      value: ignore,
    });
  }
  const sorted = new Map([...labels].sort(([a], [b]) => a - b));
  return { labels: sorted, ...(ignore !== undefined && { ignore }) };
}

function labelValue(given: unknown, shown: string, where: string): number {
  if (Array.isArray(given)) {
    throw new UserError(
      "opening a dataset: regions, which are lists of label values, are not read: " +
        "give every value of the label files a name of its own",
      { where, value: shown },
    );
  }
  const value = typeof given === "string" && /^\d+$/.test(given) ? Number(given) : given;
  if (typeof value !== "number" || !Number.isInteger(value) || value < 0 || value > 255) {
    throw new UserError("opening a dataset: a label's value must be an integer from 0 to 255", { where, value: shown });
  }
  return value;
}

/**
 * @param found the training cases; those of them that have labels count as well
 * @throws {UserError} if `numTraining` is given, as a number or text, and is not the number of training cases.
 */
export function checkNumTraining(
  { numTraining }: Record<string, unknown>,
  found: readonly { label?: string }[],
  where: string,
): void {
  const isText = typeof numTraining === "string" && /^\s*\d+\s*$/.test(numTraining);
  const number = isText ? Number(numTraining) : numTraining;
  const labelled = found.filter(({ label }) => label !== undefined).length;
  if (number === undefined || number === null || number === found.length || (labelled > 0 && number === labelled)) {
    return;
  }
  throw new UserError(`opening a dataset: numTraining must be the number of training cases, ${found.length}`, {
    where,
    value: JSON.stringify(numTraining),
  });
}

/** The name that a description gives its dataset. */
export function nameOf({ name }: Record<string, unknown>): string {
  return typeof name === "string" ? name : "unnamed";
}
