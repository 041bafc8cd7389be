/**
 * The compiled addon of npm's tfjs-node packages, which speaks to TensorFlow's C library.
 *
 * @module
 */

import { createRequire } from "node:module";
import util from "node:util";
import type { TFJSBinding } from "@tensorflow/tfjs-node/dist/tfjs_binding.js";
import { messageOf, UserError } from "../../../core/errors.ts";
import { translateError } from "./errors.ts";
import { SETUP_TASK } from "./installation.ts";

/**
 * Loads the addon, and TensorFlow with it. Needs --allow-ffi.
 *
 * @throws {UserError} that says why the loader refused.
 */
export function loadAddon(path: string): TFJSBinding {
  try {
    const binding: TFJSBinding = createRequire(import.meta.url)(path);
    restoreUtil();
    return binding;
  } catch (error) {
    throw new UserError(
      `starting the tensorflow engine: its addon must load, and does not: ${messageOf(error)}; ` +
        `\`${SETUP_TASK} --again\` builds it anew`,
      { where: path, cause: error },
    );
  }
}

/** `binding` with errors that say what they mean to the user. */
export function explainErrors(binding: TFJSBinding): TFJSBinding {
  const explained = (["createTensor", "executeOp", "tensorDataSync"] as const).map((name) => {
    const stock = binding[name] as (...input: unknown[]) => unknown;
    const value = (...input: unknown[]) => {
      try {
        return stock(...input);
      } catch (error) {
        throw translateError(error);
      }
    };
    return [name, { value }];
  });
  return Object.create(binding, Object.fromEntries(explained)); // the addon's own properties are not enumerable
}

/** The packages call a function of node:util that Node 23 took away; it is given back where it is gone. */
function restoreUtil(): void {
  const given = util as unknown as { isNullOrUndefined?: (value: unknown) => boolean };
  given.isNullOrUndefined ??= (value) => value === null || value === undefined;
}
