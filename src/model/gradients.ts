/**
 * Gradients that free as they go: what an op has kept for its gradient, and the gradient of what it gave, are disposed
 * as soon as the way back has passed it. tfjs's own `variableGrads` holds both to the end, which is twice the memory.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import * as tf from "@tensorflow/tfjs";
 * import { variableGradients } from "./gradients.ts";
 *
 * const w = tf.variable(tf.scalar(3));
 * const { value, gradients } = variableGradients(() => tf.square(w).asScalar(), new Map([["w", w]]));
 * assertEquals([...await value.data(), ...await gradients.get("w")!.data()], [9, 6]);
 * ```
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import type { Scalar, Tensor } from "../engine/tensors.ts";
import type { NamedVariables } from "./layers.ts";

/** An op that was computed, as tfjs notes it. */
interface TapeNode {
  readonly kernelName: string;
  readonly inputs: Readonly<Record<string, Tensor>>;
  readonly outputs: readonly Tensor[];
  /** Kept for the gradient. */
  readonly saved?: readonly Tensor[];
  readonly gradient?: (dys: readonly (Tensor | undefined)[]) => Readonly<Record<string, () => Tensor>>;
}

/** The part of tfjs's engine that notes ops, while its depth is above 0. */
interface Recorder {
  activeTape: TapeNode[] | null | undefined;
  gradientDepth: number;
}

/** What was computed, and the way back. */
export interface Recording<T extends Tensor> {
  readonly value: T;
  readonly tape: readonly TapeNode[];
}

/**
 * The value of `compute` and its gradients by the variables' names; variables that it does not reach are absent. All
 * are the caller's to dispose.
 */
export function variableGradients(
  compute: () => Scalar,
  variables: NamedVariables,
): { value: Scalar; gradients: Map<string, Tensor> } {
  const names = [...variables.keys()];
  const { value, gradients } = tf.tidy(() => {
    const recording = record(compute);
    const gradients = backpropagate(recording, [...variables.values()]);
    return { value: recording.value, gradients };
  });
  const reached = names.flatMap((name, index) => gradients[index] ? [[name, gradients[index]] as const] : []);
  return { value, gradients: new Map(reached) };
}

/**
 * Computes and notes how. What was kept for the way back is disposed by {@linkcode backpropagate}, or on an error here.
 */
export function record<T extends Tensor>(compute: () => T): Recording<T> {
  const recorder = tf.engine().state as unknown as Recorder;
  const { activeTape: outer } = recorder;
  const tape: TapeNode[] = [];
  recorder.activeTape = tape;
  recorder.gradientDepth++;
  try {
    return { value: tf.tidy("forward", compute), tape };
  } catch (error) {
    forget(tape);
    throw error;
  } finally {
    recorder.gradientDepth--;
    recorder.activeTape = outer;
  }
}

/**
 * The gradients of a recording's value with respect to `xs`, undefined for one that it does not depend on. The value
 * itself may be disposed by then.
 *
 * @param dy the gradient of what follows with respect to the value. @default ones
 */
export function backpropagate(
  { value, tape }: Recording<Tensor>,
  xs: readonly Tensor[],
  dy?: Tensor,
): (Tensor | undefined)[] {
  const wanted = new Set(xs.map(({ id }) => id));
  const dependent = dependentOn(wanted, tape);
  const gradients = new Map([[value.id, dy ? tf.clone(dy) : tf.ones(value.shape)]]); // by the tensors' ids
  try {
    for (const node of tape.toReversed()) {
      const dys = node.outputs.map(({ id }) => gradients.get(id));
      const names = Object.keys(node.inputs).filter((name) => dependent.has(node.inputs[name].id));
      if (names.length > 0 && dys.some((dy) => dy !== undefined)) {
        inputGradients(node, names, dys).forEach((dx, index) => add(gradients, node.inputs[names[index]].id, dx));
      }
      for (const { id } of node.outputs) if (!wanted.has(id)) dropFrom(gradients, id);
      forget([node]);
    }
  } finally {
    forget(tape);
  }
  return xs.map(({ id }) => gradients.get(id));
}

/** The ids of all tensors that were computed from those of `ids`, and `ids` themselves. */
function dependentOn(ids: ReadonlySet<number>, tape: readonly TapeNode[]): Set<number> {
  const dependent = new Set(ids);
  for (const { inputs, outputs } of tape) {
    if (Object.values(inputs).some(({ id }) => dependent.has(id))) { for (const { id } of outputs) dependent.add(id); }
  }
  return dependent;
}

/** The gradients of the inputs `names`, each a tensor of its own that may be disposed apart from all others. */
function inputGradients(
  node: TapeNode,
  names: readonly string[],
  dys: readonly (Tensor | undefined)[],
): Tensor[] {
  const { gradient, saved = [], kernelName } = node;
  if (!gradient) throw new Error(`computing gradients: there is none for ${kernelName}`);
  return tf.tidy("backward", () => {
    const ofInputs = gradient(dys);
    const others = new Set<Tensor | undefined>([...dys, ...saved]);
    return names.map((name) => {
      const dx = ofInputs[name]();
      const own = others.has(dx) ? tf.clone(dx) : dx;
      others.add(own);
      return own;
    });
  });
}

function add(gradients: Map<number, Tensor>, id: number, dx: Tensor): void {
  const before = gradients.get(id);
  gradients.set(id, before ? tf.add(before, dx) : dx);
  if (before) tf.dispose([before, dx]);
}

function dropFrom(gradients: Map<number, Tensor>, id: number): void {
  gradients.get(id)?.dispose();
  gradients.delete(id);
}

/** Disposes what was kept for the gradients of `nodes`. */
function forget(nodes: readonly TapeNode[]): void {
  for (const { saved } of nodes) tf.dispose([...saved ?? []]);
}
