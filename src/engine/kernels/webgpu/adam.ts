/**
 * One Adam step in one launch. New weights are a new tensor (a variable's old one may have clones); the moments belong
 * to the optimiser alone and are updated in place.
 *
 * @module
 */

import { sizeOf } from "../../../core/vectors.ts";
import { adamKernel } from "../../ops/adam.ts";
import { defineWebgpuKernel } from "./define_kernel.ts";
import { elementJobs, elementwise } from "./program.ts";

/** The scalars of one step, bias corrections in rate and epsilon; weight decay leaves `keep` of the weights. */
const scalars = ["scale", "beta1", "beta2", "rate", "epsilon", "keep"];

const step = elementwise({
  name: "adam",
  writes: { moved: "f32", first: "f32", second: "f32" },
  reads: { weights: "f32", gradient: "f32" },
  floats: scalars,
  body: `
  let g = gradient[index] * uniforms.scale;
  let m = first[index] * uniforms.beta1 + g * (1.0 - uniforms.beta1);
  let v = second[index] * uniforms.beta2 + g * g * (1.0 - uniforms.beta2);
  first[index] = m;
  second[index] = v;
  moved[index] = weights[index] * uniforms.keep - uniforms.rate * m / (sqrt(v) + uniforms.epsilon);`,
});

/** Registers it. */
export function registerAdam(): void {
  defineWebgpuKernel(adamKernel, (backend, { weights, gradient, first, second }, settings) => {
    const moved = backend.output(weights.shape);
    const count = sizeOf(weights.shape);
    const uniforms = { count, ...settings };
    backend.launch(step, { moved, first, second, weights, gradient }, uniforms, elementJobs(count));
    return moved;
  });
}
