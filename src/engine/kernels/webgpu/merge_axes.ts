/**
 * Kernels of tfjs that stop at rank 4, run on the same values at a lower rank: `Select`, `Cumsum` and `Cumprod`; and
 * `AddN`, which gives a program more tensors than the device takes.
 *
 * @module
 */

import type * as tf from "@tensorflow/tfjs";
import { sizeOf } from "../../../core/vectors.ts";
import { defineWebgpuKernel } from "./define_kernel.ts";

const reshaped = (x: tf.TensorInfo, shape: number[]): tf.TensorInfo => ({ dataId: x.dataId, dtype: x.dtype, shape });

/** Registers them over tfjs's. */
export function registerMergeAxes(): void {
  defineWebgpuKernel("Select", (_backend, { condition, t, e }, _attributes, stock) => {
    if (t.shape.length <= 4) return stock();
    // a condition of rank 1 chooses along the first axis
    const rows = condition.shape.length === 1 ? condition.shape[0] : sizeOf(t.shape);
    const [x, y] = [t, e].map((tensor) => reshaped(tensor, [rows, sizeOf(t.shape) / rows]));
    const chosen = stock({ inputs: { condition: reshaped(condition, [rows]), t: x, e: y } });
    return reshaped(chosen, t.shape);
  });
  for (const name of ["Cumsum", "Cumprod"]) {
    defineWebgpuKernel(name, (_backend, { x }, attributes, stock) => {
      if (x.shape.length <= 4) return stock();
      const { axis, ...rest } = attributes as { axis: number };
      const merged = [sizeOf(x.shape.slice(0, axis)), x.shape[axis], sizeOf(x.shape.slice(axis + 1))];
      const y = stock({ inputs: { x: reshaped(x, merged) }, attributes: { axis: 1, ...rest } });
      return reshaped(y, x.shape);
    });
  }
  defineWebgpuKernel("AddN", (backend, inputs, _attributes, stock) => {
    const most = backend.device.limits.maxStorageBuffersPerShaderStage - 1;
    let left = Object.values(inputs);
    const own: tf.TensorInfo[] = [];
    while (left.length > most) {
      const sum = stock({ inputs: left.slice(0, most) as unknown as Record<string, tf.TensorInfo> });
      own.push(sum);
      left = [...left.slice(most), sum];
    }
    const total = stock({ inputs: left as unknown as Record<string, tf.TensorInfo> });
    backend.free(...own);
    return total;
  });
}
