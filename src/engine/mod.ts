/**
 * The engine room: which hardware computes, and the 3D ops of the networks on it.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import * as tf from "@tensorflow/tfjs";
 * import { conv3d, startEngine } from "./mod.ts";
 *
 * const { name, detail } = await startEngine();
 * console.log(name, detail);
 * const y = conv3d(tf.ones([1, 8, 8, 8, 1]), tf.ones([3, 3, 3, 1, 8]));
 * assertEquals(y.shape, [1, 8, 8, 8, 8]);
 * ```
 *
 * How to add
 *
 * - an **op**: `ops/NAME.ts`, in which stock ops compute it and its gradient; a line in `ops/mod.ts`; its cases in
 *   `tests/engine/ops/contract_test.ts`, which run on every engine.
 * - a **kernel**, which computes an op in one go on one engine: declared beside the op (`blendKernel` in `ops/blend.ts`
 *   says its name and what it takes); `kernels/ENGINE/NAME.ts`, which passes it to `defineKernel`; a line in
 *   `kernels/ENGINE/all_kernels.ts`. The op's tests hold it, too. A kernel in place of one of tfjs's is the same, under
 *   tfjs's name. The wasm engine's are cut into calls for its threads, and what a call computes is AssemblyScript:
 *   `kernels/wasm/assembly/NAME.ts` and a line in `assembly/index.ts`, then `deno task kernels`.
 * - an **engine**: `engines/NAME.ts`, its name in `engines/engine.ts`, a line in `engine.ts`. Every test of ops and
 *   kernels runs on it as soon as it is there.
 *
 * @module
 */

export { UserError } from "../core/errors.ts";
export type { NamedVector } from "../core/vectors.ts";
export * from "./engine.ts";
export * from "./ops/mod.ts";
export * from "./optimiser.ts";
export { StepGate, type StepGateOptions } from "./steps/step_gate.ts";
export {
  type Blended,
  blendWhereMoved,
  type Decision,
  isFiniteStep,
  type JudgedOnCard,
  type JudgedStep,
  Verdict,
} from "./steps/verdict.ts";
export * from "./tensors.ts";
// types of other rooms that this one speaks of
export type { Triple } from "../core/triple.ts";
