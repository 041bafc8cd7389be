/**
 * What a late peer takes of a neighbour's optimiser, as bytes: the moments and the step count of the inner one, the
 * momentum of the outer one. The site's own features, which lie beside them in a checkpoint, are not among it.
 *
 * @module
 */
import type { Pretrainer } from "../pretraining/pretrainer.ts";
import { isUserError, messageOf, UserError } from "../core/errors.ts";
import { allFinite, type NamedVector } from "../core/vectors.ts";
import { decodeSafetensors, encodeSafetensors } from "../model/safetensors.ts";

/** The name of the outer optimiser's momentum, in checkpoints too. */
export const OUTER_MOMENTUM = "outer/momentum";

const INNER = "adam/";
/** Float32 counts exactly up to here. */
const MOST_STEPS = 2 ** 24;
const WHERE = "a member's optimiser";

/** Both optimisers' state. */
export interface OptimiserState {
  /** As `Optimiser.save` gives it. */
  inner: NamedVector[];
  /** Of the length of the averaged vector; absent where the outer optimiser has none. */
  momentum?: Float32Array;
}

/** The vectors of a whole state that are the inner optimiser's. */
export function innerOptimiser(state: readonly NamedVector[]): NamedVector[] {
  return state.filter(({ name }) => name.startsWith(INNER));
}

/** The outer momentum as a vector of its own; none where there is none. */
export function momentumVectors(momentum: Float32Array | undefined): NamedVector[] {
  return momentum ? [{ name: OUTER_MOMENTUM, shape: [momentum.length], data: momentum }] : [];
}

/** A safetensors blob. */
export function encodeOptimiser({ inner, momentum }: OptimiserState): Uint8Array<ArrayBuffer> {
  return encodeSafetensors([...inner, ...momentumVectors(momentum)]);
}

/**
 * The inverse of {@linkcode encodeOptimiser}, for bytes that come from another site. Whether the moments fit this
 * site's network is checked by whoever takes them.
 *
 * @param values of the averaged vector: no state has more than three times as many, and a header beside.
 * @throws {UserError} if the bytes are too many or malformed, a value is not finite, a squared moment is below 0, the
 * step count is none, or a vector is there that is not an optimiser's.
 */
export function decodeOptimiser(bytes: Uint8Array, values: number): OptimiserState {
  const refuse = (rule: string, value: unknown): never => {
    throw new UserError(`taking an optimiser: ${rule}`, { where: WHERE, value });
  };
  const most = 12 * values + 2 ** 20;
  if (bytes.length > most) refuse(`it must be at most ${most} bytes`, bytes.length);
  const { vectors } = decodeSafetensors(bytes, WHERE);
  let momentum: Float32Array | undefined;
  for (const { name, data } of vectors) {
    if (!allFinite(data)) refuse("every value must be finite", name);
    if (name === OUTER_MOMENTUM) {
      if (data.length !== values) refuse(`the outer momentum must hold ${values} values`, data.length);
      momentum = data;
    } else if (!name.startsWith(INNER)) refuse("it must hold nothing but an optimiser's state", name);
    if (name.startsWith(`${INNER}second/`) && data.some((value) => value < 0)) {
      refuse("a mean of squares must not be below 0", name);
    }
    if (name === `${INNER}steps` && !(data[0] <= MOST_STEPS)) refuse(`at most ${MOST_STEPS} steps`, data[0]);
  }
  return { inner: innerOptimiser(vectors), ...(momentum && { momentum }) };
}

/**
 * Gives `pretrainer` another site's optimiser and returns the outer momentum. What is malformed or does not fit changes
 * nothing but `warnings`: the weights that came with it were checked by themselves.
 */
export function takeOptimiser(
  pretrainer: Pretrainer,
  { optimiser, values, warnings }: { optimiser: Uint8Array; values: number; warnings: string[] },
): Float32Array | undefined {
  try {
    const { inner, momentum } = decodeOptimiser(optimiser, values);
    pretrainer.setOptimiser(inner);
    return momentum;
  } catch (error) {
    if (!isUserError(error) && !(error instanceof RangeError)) throw error;
    warnings.push(
      `the optimiser that came with a member's weights is refused, the weights are taken: ${messageOf(error)}`,
    );
    return undefined;
  }
}
