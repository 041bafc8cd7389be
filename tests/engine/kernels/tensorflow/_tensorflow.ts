/**
 * What tests of the tensorflow engine need to know of this machine.
 *
 * @module
 */

import { messageOf } from "../../../../src/core/errors.ts";
import { readInstallation } from "../../../../src/engine/kernels/tensorflow/installation.ts";

/** Why the engine cannot run here; undefined where it can. */
export const missing: string | undefined = await readInstallation().then(() => undefined, messageOf);

/** A test that needs the engine: skipped, with the reason in its name, where it is not set up. */
export function withEngine(sentence: string, fn: () => Promise<void>): void {
  Deno.test({ name: `${sentence}${missing ? ` (skipped: ${missing})` : ""}`, ignore: missing !== undefined, fn });
}
