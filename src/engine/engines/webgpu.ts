/**
 * The `webgpu` engine: the graphics card through Deno's own WebGPU, of any vendor: tfjs's backend with its wrong
 * kernels mended and the project's own kernels.
 *
 * @module
 */

import * as tf from "@tensorflow/tfjs";
import { openDevice } from "../kernels/webgpu/adapter.ts";
import type { WebgpuBackend } from "../kernels/webgpu/backend.ts";
import type { AdapterKind, Engine } from "./engine.ts";

/** The backend that runs, and on what. */
interface Running {
  readonly kind: AdapterKind;
  readonly backend: WebgpuBackend;
  readonly detail: string;
}

let current: Running | undefined;

/** A new backend on a new device, registered with tfjs; one that was there goes, and its tensors with it. */
async function open(kind: AdapterKind): Promise<Running> {
  const { device, detail } = await openDevice(kind);
  // imported only here: to load tfjs's backend registers it, and 0.7 MB are no use without an adapter
  const { WebgpuBackend } = await import("../kernels/webgpu/backend.ts");
  const { registerKernels } = await import("../kernels/webgpu/all_kernels.ts");
  tf.removeBackend("webgpu");
  const backend = new WebgpuBackend(device);
  tf.registerBackend("webgpu", () => backend, 0);
  tf.env().set("WEBGPU_CPU_FORWARD", false); // small tensors would be computed by other kernels, on the processor
  registerKernels();
  return { kind, backend, detail };
}

/** tfjs's webgpu backend with own kernels. */
export const webgpuEngine: Engine = {
  name: "webgpu",
  async start({ adapter }) {
    if (current?.kind !== adapter || !current.backend.works) current = await open(adapter);
    await tf.setBackend("webgpu");
    return { threads: 1, detail: current.detail };
  },
};
