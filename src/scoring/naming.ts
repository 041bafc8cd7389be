/**
 * What the values of label maps are called: as the user says, or a dataset.json or model.json beside them.
 *
 * @module
 */
import { dirname, join } from "@std/path";
import { UserError } from "../core/errors.ts";
import { readJsonIfThere } from "../core/text_files.ts";
import type { LabelScheme } from "../data/datasets/dataset.ts";
import { asRecord, parseLabels, readDescription } from "../data/datasets/description.ts";
import { readStored, scaledPieces } from "../data/formats/read.ts";
import type { Fault, Pair } from "./match.ts";

/** What label values mean. */
export interface Naming {
  readonly scheme: LabelScheme;
  /** What says so, for errors: a file's path, "--labels", "a reference". */
  readonly by: string;
}

/** The names that a user gives: "1=liver", "2=spleen". @throws {UserError} naming what is none. */
export function parseNames(given: readonly string[]): Naming {
  const where = "the flag --labels";
  const labels: Record<string, string> = {};
  for (const item of given) {
    const [, value, name] = /^\s*(\d+)\s*=(.*)$/.exec(item) ?? [];
    if (name === undefined) throw new UserError("scoring: each label must be VALUE=NAME", { where, value: item });
    if (labels[value] !== undefined) {
      throw new UserError("scoring: each value must be named once", { where, value: item });
    }
    labels[value] = name;
  }
  return { scheme: parseLabels({ labels }, where, "by value"), by: "--labels" };
}

/**
 * The names that the nearest dataset.json or model.json says: in a folder of label maps, or in the one that it lies in.
 *
 * @throws {UserError} if a file that is there cannot be read, or names labels badly.
 */
export async function namesBeside(directory: string): Promise<Naming | undefined> {
  for (const folder of [directory, dirname(directory)]) {
    for (const name of ["dataset.json", "model.json"]) {
      const where = join(folder, name);
      const json = asRecord(
        name === "dataset.json"
          ? await readDescription(folder)
          : await readJsonIfThere(where, { doing: "scoring", what: "the model's description" }),
      );
      if (json?.labels !== undefined) return { scheme: parseLabels(json, where, "by value"), by: where };
    }
  }
  return undefined;
}

/** The values that two descriptions call by different names, as a sentence; undefined where they agree. */
export function namesApart(own: Naming, other: Naming): string | undefined {
  const apart = [...own.scheme.labels].flatMap(([value, name]) => {
    const called = other.scheme.labels.get(value);
    return called === undefined || called === name ? [] : [`${value} is ${name} and ${called}`];
  });
  if (apart.length === 0) return undefined;
  return `${own.by} and ${other.by} name labels differently, the first counts: ${apart.join(", ")}`;
}

/** The greatest label value; a dataset.json has no greater ones, either. */
const GREATEST = 255;
/** How far a stored value may be from the label that it means, as `readLabels` has it. */
const NEAR = 0.01;

/**
 * Where nothing names them: the values that the references hold, each called by its number.
 *
 * @returns also the cases whose reference cannot be read or is no label map
 * @throws {UserError} if no reference holds a label.
 */
export async function namesOfValues(
  pairs: readonly Pair[],
  options: { signal?: AbortSignal } = {},
): Promise<{ naming: Naming; faults: Fault[] }> {
  const values = new Set<number>();
  const faults: Fault[] = [];
  for (const { case: id, reference } of pairs) {
    try {
      for (const value of await valuesOf(reference, options)) values.add(value);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      faults.push({ case: id, problem: error.message });
    }
  }
  values.delete(0);
  if (values.size === 0 && faults.length < pairs.length) {
    throw new UserError("scoring: at least one reference must hold a label other than 0", {
      where: pairs.map(({ reference }) => dirname(reference))[0],
    });
  }
  const labels = new Map([...values].sort((a, b) => a - b).map((value) => [value, String(value)]));
  return { naming: { scheme: { labels }, by: "a reference" }, faults };
}

async function valuesOf(path: string, options: { signal?: AbortSignal }): Promise<Set<number>> {
  const found = new Set<number>();
  let last = 0;
  for (const values of scaledPieces(await readStored(path, options))) {
    for (const value of values) {
      if (value === last) continue;
      last = value;
      const nearest = Math.round(value);
      if (!(Math.abs(value - nearest) <= NEAR && nearest >= 0 && nearest <= GREATEST)) {
        throw new UserError(`scoring a case: a label map must hold whole numbers from 0 to ${GREATEST}`, {
          where: path,
          value: String(value),
        });
      }
      found.add(nearest);
    }
  }
  return found;
}
