/**
 * Records every kernel that tfjs runs: how long it took, and for which layer of the network.
 *
 * A layer is the scope (`tf.tidy(name, …)`) in which an op was called; what the op's gradient runs later belongs to the
 * layer of the op. Which op that is, only tfjs's tape knows: its `addTapeNode` is followed for that, an internal of
 * tfjs-core 4.22 (dist/engine.js).
 *
 * @module
 */

import * as tf from "@tensorflow/tfjs";
import type { EngineName } from "../../src/engine/engine.ts";
import { type KernelCall, replay } from "./_replay.ts";
import { type Work, workOf } from "./work.ts";

/** One kernel that ran. */
export interface KernelRun {
  readonly phase: Phase;
  /** The path of the layer, "encoder/level0/block1"; empty outside of layers. */
  readonly layer: string;
  /** tfjs's name of the kernel. */
  readonly kernel: string;
  /** Its own time, without that of kernels that it ran. */
  readonly milliseconds: number;
  /** What it does at least. */
  readonly work: Work;
}

/** Where in a step a kernel runs: in the loss, in its gradients, or around them (norm, optimiser). */
export type Phase = "forward" | "backward" | "update";

/** What a recording gives. */
export interface Recording {
  readonly runs: readonly KernelRun[];
  /** The whole time, in milliseconds. */
  readonly milliseconds: number;
}

/** What the kernels of a recording read and write at least, in bytes, if all of it were float32. */
export function bytesOf({ runs }: Pick<Recording, "runs">): number {
  return runs.reduce((sum, { work }) => sum + work.bytes, 0);
}

/** What is used of tfjs's engine beyond its public interface. */
interface TapeEngine {
  addTapeNode(...values: unknown[]): void;
  readonly state: {
    readonly scopeStack: readonly { readonly name: string }[];
    readonly activeTape: TapeNode[];
  };
}

interface TapeNode {
  gradient?: (dys: tf.Tensor[]) => Record<string, () => tf.Tensor>;
}

/** The names of scopes that tfjs opens itself; those of its ops end in "__op" (dist/ops/operation.js). */
const OWN_SCOPES: readonly string[] = ["unnamed scope", "forward", "backward"];

/** Where the scopes say that we are. */
function placeOf(scopes: readonly string[]): { phase: Phase; layer: string } {
  const layers = scopes.filter((name) => !OWN_SCOPES.includes(name) && !name.endsWith("__op"));
  const phase = scopes.includes("backward") ? "backward" : scopes.includes("forward") ? "forward" : "update";
  return { phase, layer: layers.join("/") };
}

/** How the time of kernels is found: see {@linkcode timingOf}. */
export type Timing = "clock" | "replay";

/** Engines on whose devices work is queued: when a kernel returns there, it has only been taken note of. */
const QUEUEING: readonly EngineName[] = ["tensorflow", "webgpu"];

/** On the processor a kernel is done when it returns, elsewhere its time is found by replay. */
export function timingOf(engine: EngineName): Timing {
  return QUEUEING.includes(engine) ? "replay" : "clock";
}

/** Runs `work` once and records the kernels of the current engine in it. */
export async function record(work: () => Promise<unknown>, timing: Timing): Promise<Recording> {
  const engine = tf.engine() as unknown as TapeEngine;
  const backendName = tf.getBackend();
  const calls: KernelCall[] = [];
  const runs: KernelRun[] = [];
  let gradientOf: string | undefined; // the layer whose gradient runs
  let nested = 0; // milliseconds of the kernels that the current one has run

  const place = () => {
    const { phase, layer } = placeOf(engine.state.scopeStack.map(({ name }) => name));
    return { phase, layer: gradientOf ?? layer };
  };
  const within = <T>(layer: string, work: () => T): T => {
    const outer = gradientOf;
    gradientOf = layer;
    try {
      return work();
    } finally {
      gradientOf = outer;
    }
  };

  const addTapeNode = engine.addTapeNode;
  engine.addTapeNode = function (...values) {
    addTapeNode.apply(this, values);
    const node = engine.state.activeTape.at(-1)!;
    const { layer } = place();
    const { gradient } = node;
    if (!gradient) return;
    node.gradient = (dys) =>
      within(layer, () => {
        const gradients = Object.entries(gradient(dys));
        return Object.fromEntries(gradients.map(([input, compute]) => [input, () => within(layer, compute)]));
      });
  };

  const timed = (kernel: string, compute: tf.KernelFunc): tf.KernelFunc => (call) => {
    const where = { ...place(), kernel };
    const inputs = call.inputs as tf.NamedTensorInfoMap;
    calls.push({ kernel, inputs: formsOf(inputs), attributes: call.attrs ?? {} });
    const at = runs.push({ ...where, milliseconds: 0, work: { operations: 0, bytes: 0 } }) - 1;
    const outer = nested;
    nested = 0;
    const start = performance.now();
    const result = compute(call);
    const took = performance.now() - start;
    const shapes = { kernel, inputs: shapesOf(Object.values(inputs)), outputs: shapesOf([result].flat()) };
    runs[at] = { ...where, milliseconds: took - nested, work: workOf(shapes) };
    nested = outer + took;
    return result;
  };

  const kernels = [...tf.getKernelsForBackend(backendName)];
  const replace = (kernel: tf.KernelConfig) => {
    tf.unregisterKernel(kernel.kernelName, backendName);
    tf.registerKernel(kernel);
  };
  for (const kernel of kernels) replace({ ...kernel, kernelFunc: timed(kernel.kernelName, kernel.kernelFunc) });
  const start = performance.now();
  try {
    await work();
  } finally {
    kernels.forEach(replace);
    engine.addTapeNode = addTapeNode;
  }
  const milliseconds = performance.now() - start;
  if (timing === "clock") return { runs, milliseconds };
  const times = await replay(calls);
  return { runs: runs.map((run, index) => ({ ...run, milliseconds: times[index] })), milliseconds };
}

/** The shapes of the tensors that are there: some inputs may be absent. */
function shapesOf(tensors: readonly (tf.TensorInfo | undefined)[]): number[][] {
  return tensors.flatMap((tensor) => tensor ? [tensor.shape] : []);
}

/** The shapes and types of a kernel's inputs; some kernels have a list of them. */
function formsOf(inputs: tf.NamedTensorInfoMap): KernelCall["inputs"] {
  const formOf = ({ shape, dtype }: tf.TensorInfo) => ({ shape, dtype });
  if (Array.isArray(inputs)) return inputs.map(formOf);
  const given = Object.entries(inputs).filter((entry): entry is [string, tf.TensorInfo] => entry[1] != null);
  return Object.fromEntries(given.map(([name, input]) => [name, formOf(input)]));
}
