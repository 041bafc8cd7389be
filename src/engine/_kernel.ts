/**
 * The kernels that ops run, by name. One of the project's own is used on every engine that registers it, others run
 * stock ops instead.
 *
 * @module
 */

import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "./tensors.ts";

/** A kernel by the name under which engines register it, with the types of what it takes. */
export class Kernel<Inputs extends string, Attributes extends object = Readonly<Record<never, never>>> {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }

  /** Whether the current engine has it. */
  get isAvailable(): boolean {
    return tf.getKernel(this.name, tf.getBackend()) !== undefined;
  }

  /** Runs it on the current engine. */
  run(inputs: Readonly<Record<Inputs, Tensor>>, attributes: Attributes): Tensor[] {
    const outputs = tf.engine().runKernel<Tensor | Tensor[]>(this.name, inputs, attributes as tf.NamedAttrMap);
    return Array.isArray(outputs) ? outputs : [outputs];
  }
}
