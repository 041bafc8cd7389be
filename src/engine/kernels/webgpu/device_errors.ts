/**
 * What a graphics device complains about, as sentences for people.
 *
 * @module
 */

import { format as formatBytes } from "@std/fmt/bytes";
import { UserError } from "../../../core/errors.ts";
import { DeviceLostError } from "../../engines/engine.ts";

const whatToLower = "lower the batch, the patch or the base filters";

/** A tensor that is larger than any that the device can hold. */
export function tooLarge(shape: readonly number[], bytes: number, limit: number): UserError {
  return new UserError(
    `computing on the graphics card: a tensor must not exceed the ${formatBytes(limit)} that the card takes in one; ` +
      whatToLower,
    { where: `[${shape.join(", ")}]`, value: formatBytes(bytes) },
  );
}

/** What was going on when the device complained. */
export interface Activity {
  /** The kernel, or another sentence part: "conv3d". */
  readonly what: string;
  /** Bytes that were asked for, where memory was. */
  readonly bytes?: number;
  /** Bytes in use before. */
  readonly held?: number;
}

/** What the device reported during an activity. */
export function describeDeviceError(error: GPUError, { what, bytes, held }: Activity): UserError {
  if (error instanceof GPUOutOfMemoryError) {
    const asked = bytes === undefined ? "" : ` for ${formatBytes(bytes)} more`;
    const beside = held === undefined ? "" : ` beside the ${formatBytes(held)} in use`;
    return new UserError(`computing on the graphics card: it has no memory left${asked}${beside}; ${whatToLower}`, {
      where: what,
      cause: error,
    });
  }
  return new UserError("computing on the graphics card: the device refused a command; nothing it gives can be used", {
    where: what,
    value: error.message.trim(),
    cause: error,
  });
}

/** The device has gone. */
export function deviceLost(reason: string, cause?: unknown): DeviceLostError {
  return new DeviceLostError(
    "computing on the graphics card: the device was lost, and every tensor on it; go on from the last checkpoint, on " +
      "the engine started anew or on another",
    { value: reason || "no reason given", cause },
  );
}
