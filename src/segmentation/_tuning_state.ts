/**
 * The state of a fine-tuning beside the weights, as a checkpoint keeps it.
 *
 * @module
 */
import type { NamedVector } from "../core/vectors.ts";
import type { MovingAverage } from "../model/moving_average.ts";
import type { ParameterGroup } from "./_groups.ts";

/** What the names of the state begin with. */
const STATE = "fine-tuning/";

/** What the names of the moving average's state begin with. */
const AVERAGE = `${STATE}average/`;

/** How far a training is. */
export interface Counts {
  /** Steps done. */
  step: number;
  /** Of these, skipped. */
  skipped: number;
}

/** What has a state of its own. */
export interface StatefulParts {
  /** Each with its optimiser. */
  readonly groups: readonly ParameterGroup[];
  readonly average: MovingAverage | undefined;
}

/** The counts, the optimisers' and the moving average's state. */
export async function readState({ step, skipped }: Counts, { groups, average }: StatefulParts): Promise<NamedVector[]> {
  const vectors: NamedVector[] = [{ name: `${STATE}steps`, shape: [2], data: Float32Array.of(step, skipped) }];
  for (const { name: group, optimiser } of groups) vectors.push(...under(`${STATE}${group}/`, await optimiser.read()));
  if (average) vectors.push(...under(AVERAGE, await average.state()));
  return vectors;
}

/**
 * Restores what {@linkcode readState} gave; other vectors are passed over.
 *
 * @param parts.steps of the whole training.
 * @throws {RangeError} if the state is not that of this training.
 */
export function writeState(
  vectors: readonly NamedVector[],
  { groups, average, steps }: StatefulParts & { steps: number },
): Counts {
  const counts = vectors.find(({ name }) => name === `${STATE}steps`)?.data ?? [];
  if (counts.length !== 2 || counts.some((count) => !Number.isInteger(count) || count < 0 || count > steps)) {
    throw new RangeError(`fine-tuning: the state must hold two counts from 0 to ${steps}, got ${[...counts]}`);
  }
  for (const { name: group, optimiser } of groups) optimiser.write(within(`${STATE}${group}/`, vectors));
  const kept = within(AVERAGE, vectors);
  if (kept.length > 0) average?.setState(kept); // else one of the weights that were set
  const [step, skipped] = counts;
  return { step, skipped };
}

/** The vectors with `prefix` before their names. */
function under(prefix: string, vectors: readonly NamedVector[]): NamedVector[] {
  return vectors.map(({ name, ...vector }) => ({ name: `${prefix}${name}`, ...vector }));
}

/** The vectors whose names begin with `prefix`, under the rest of their names. */
function within(prefix: string, vectors: readonly NamedVector[]): NamedVector[] {
  return vectors.filter(({ name }) => name.startsWith(prefix))
    .map(({ name, ...vector }) => ({ name: name.slice(prefix.length), ...vector }));
}
