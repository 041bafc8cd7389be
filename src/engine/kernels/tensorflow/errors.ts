/**
 * What TensorFlow's errors mean to the user.
 *
 * @module
 */

import { format } from "@std/fmt/bytes";
import { messageOf, UserError } from "../../../core/errors.ts";

/** TF_RESOURCE_EXHAUSTED of tensorflow/c/tf_status.h, as the addon writes it (`EnsureTFOK` in its utils.h). */
const EXHAUSTED = /^Invalid TF_Status: 8\b/;

/** The allocator's sentence (`OP_REQUIRES_OK` in TensorFlow's op_kernel.cc). */
const ALLOCATION = /shape\s?\[([\d,]*)\] and type (\w+) on (\S+)/;

/** Bytes of a value by TensorFlow's name of its type. */
const widths: Readonly<Record<string, number>> = {
  float: 4,
  int32: 4,
  int64: 8,
  double: 8,
  half: 2,
  bool: 1,
  uint8: 1,
};

/** What can be lowered so that training needs less memory. */
const LOWER = "lower the batch, the patch or the base filters";

/**
 * Out of memory as a {@linkcode UserError} that names the tensor, its size and what to lower; other errors unchanged.
 */
export function translateError(error: unknown): unknown {
  const message = messageOf(error);
  if (!EXHAUSTED.test(message)) return error;
  const [, shape, type, device] = ALLOCATION.exec(message) ?? [];
  if (shape === undefined) {
    const told = message.replace(/^.*?Message:\s*/s, "");
    return new UserError(`the tensorflow engine is out of memory: ${LOWER}`, { value: told, cause: error });
  }
  const values = shape.split(",").filter(Boolean).reduce((product, extent) => product * Number(extent), 1);
  const size = widths[type] ? ` (${format(values * widths[type], { binary: true })})` : "";
  const place = device.replace(/^.*\/device:/, "");
  return new UserError(
    `the tensorflow engine is out of memory: a tensor [${shape}] of ${type}${size} found no room on ${place}; ${LOWER}`,
    { cause: error },
  );
}
