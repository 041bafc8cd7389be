/**
 * A network's weights as named float32 vectors, and back.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { UserError } from "../core/errors.ts";
import { type NamedVector, sizeOf } from "../core/vectors.ts";
import type { NamedVariables } from "./layers.ts";

/** A copy of the variables' values, in the variables' order. */
export async function readWeights(variables: NamedVariables): Promise<NamedVector[]> {
  const reading = [...variables].map(async ([name, variable]) => ({
    name,
    shape: [...variable.shape],
    data: Float32Array.from(await variable.data<"float32">()), // a copy: the cpu backend hands out its own array
  }));
  return await Promise.all(reading);
}

/**
 * Sets every variable; `vectors` may come in any order.
 *
 * @throws {RangeError} if a name is missing, unknown or given twice, or a shape differs; nothing is written then.
 */
export function writeWeights(variables: NamedVariables, vectors: readonly NamedVector[]): void {
  const seen = new Set<string>();
  for (const vector of vectors) {
    const variable = variables.get(vector.name);
    if (!variable) throw new RangeError(`writing weights: the network has no variable ${vector.name}`);
    if (seen.has(vector.name)) throw new RangeError(`writing weights: ${vector.name} was given twice`);
    seen.add(vector.name);
    const mismatch = explainMismatch(variable, vector);
    if (mismatch) throw new RangeError(`writing weights: ${mismatch}`);
  }
  for (const name of variables.keys()) {
    if (!seen.has(name)) throw new RangeError(`writing weights: a value for ${name} is missing`);
  }
  for (const vector of vectors) assign(variables.get(vector.name)!, vector);
}

/** Options of {@linkcode loadWeights}. */
export interface LoadWeightsOptions {
  /** Only vectors whose name starts so: "encoder/" for a pre-trained encoder. @default "" */
  prefix?: string;
  /** What an error names: the file or the peer. @default "weights" */
  where?: string;
}

/**
 * Sets the variables that `vectors` name, and leaves the others: how a pre-trained encoder, and any decoder levels that
 * were pre-trained with it, come into a U-Net. Vectors that the network does not have (a projection head's) are passed
 * over.
 *
 * @returns the names that were set, in the network's order
 * @throws {UserError} if a shape differs or no name fits; nothing is written then.
 */
export function loadWeights(
  variables: NamedVariables,
  vectors: readonly NamedVector[],
  options: LoadWeightsOptions = {},
): string[] {
  const { prefix = "", where = "weights" } = options;
  const byName = new Map(vectors.map((vector) => [vector.name, vector]));
  const names = [...variables.keys()].filter((name) => name.startsWith(prefix) && byName.has(name));
  if (names.length === 0) {
    throw new UserError("loading weights: no name fits the network's variables", {
      where,
      value: vectors.slice(0, 3).map(({ name }) => name).join(", "),
    });
  }
  for (const name of names) {
    const mismatch = explainMismatch(variables.get(name)!, byName.get(name)!);
    if (mismatch) throw new UserError(`loading weights: the model's settings must be the same; ${mismatch}`, { where });
  }
  for (const name of names) assign(variables.get(name)!, byName.get(name)!);
  return names;
}

/** The number of values of all variables together. */
export function countWeights(variables: NamedVariables): number {
  let count = 0;
  for (const variable of variables.values()) count += variable.size;
  return count;
}

function explainMismatch(variable: tf.Variable, { name, shape, data }: NamedVector): string | undefined {
  if (variable.shape.join() !== shape.join()) return `${name} must be [${variable.shape}], got [${shape}]`;
  if (data.length !== sizeOf(shape)) return `${name} must hold ${sizeOf(shape)} values, got ${data.length}`;
}

function assign(variable: tf.Variable, { shape, data }: NamedVector): void {
  const value = tf.tensor(data.slice(), [...shape], "float32"); // a copy: the cpu backend keeps the array it is given
  variable.assign(value);
  value.dispose();
}
