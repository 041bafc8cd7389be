/**
 * What a benchmark ran on.
 *
 * @module
 */

import os from "node:os";
import * as tf from "@tensorflow/tfjs";

/** Processor, memory, load and versions, a line each. */
export function describeMachine(): string[] {
  const models = [...new Set(os.cpus().map(({ model }) => model.trim()))];
  const memory = (os.totalmem() / 2 ** 30).toFixed(0);
  const [load] = Deno.loadavg();
  const busy = load > 0.5 ? ": other work runs beside this, which the figures show" : "";
  return [
    `${os.cpus().length} cores (${models.join(", ")}), ${memory} GiB, ${os.type()} ${os.arch()}`,
    `load at the start ${load.toFixed(2)}${busy}`,
    `Deno ${Deno.version.deno}, tfjs ${tf.version_core}`,
  ];
}
