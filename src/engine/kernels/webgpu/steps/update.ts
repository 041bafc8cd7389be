/**
 * What a step does to variables where the card's verdict is that it moves them: Adam, and the blending with others. Each
 * takes many variables in one launch. What was skipped before decides about rates, so the card takes them from a table.
 *
 * @module
 */

import type * as tf from "@tensorflow/tfjs";
import { sizeOf } from "../../../../core/vectors.ts";
import { judgedAdamKernel, judgedBlendKernel } from "../../../steps/kernels.ts";
import type { WebgpuBackend } from "../backend.ts";
import { defineWebgpuKernel } from "../define_kernel.ts";
import { type Element, type Program, remember } from "../program.ts";
import { firsts, forTensorOf, launchesOf, names } from "./many.ts";

const threads = 64;

/** What is done to each value of many tensors. */
interface Update {
  readonly name: string;
  /** Buffers of each tensor, by kind; those that are only written are made. */
  readonly writes: readonly string[];
  readonly reads: readonly string[];
  /** Those of all tensors together, which are read. */
  readonly shared: readonly string[];
  readonly integers?: readonly string[];
  readonly floats?: readonly string[];
  /** Scalars of each tensor. */
  readonly own?: readonly string[];
  /** WGSL before the tensors are told apart. */
  readonly before: string;
  /** WGSL for the value at `index` of the tensor whose buffers and scalars `of` names. */
  readonly body: (of: (name: string) => string) => string;
}

function programOf(update: Update, count: number): Program {
  const { name, writes, reads, shared, integers = [], floats = [], own = [], before, body } = update;
  const each = (kinds: readonly string[]) => kinds.flatMap((kind) => names(kind, count));
  const buffers = (all: readonly string[]) => Object.fromEntries(all.map((name): [string, Element] => [name, "f32"]));
  return {
    name,
    writes: buffers(each(writes)),
    reads: buffers([...shared, ...each(reads)]),
    integers: [...names("first", count).slice(1), ...names("size", count), ...integers],
    floats: [...floats, ...each(own)],
    threads,
    body: `${before}
  ${
      forTensorOf(count, (tensor) => `
      let index = part * threads + thread;
      if (index < uniforms.size${tensor}) {${body((name) => `${name}${tensor}`)}
      }`)
    }`,
  };
}

/** Adam as the kernel for one variable has it, with bias corrections from the table. */
const adam: Update = {
  name: "adam of many",
  writes: ["moved", "first", "second"],
  reads: ["weights", "gradient"],
  shared: ["verdict", "paces"],
  floats: ["beta1", "beta2"],
  own: ["share"],
  before: `
  let moves = verdict[0] != 0.0;
  let scale = verdict[1];
  let row = 3 * i32(verdict[2]);
  let rate = paces[row];
  let epsilon = paces[row + 1];
  let decay = paces[row + 2];`,
  body: (of) => `
        let w = ${of("weights")}[index];
        if (moves) {
          let share = uniforms.${of("share")};
          let g = ${of("gradient")}[index] * scale;
          let m = ${of("first")}[index] * uniforms.beta1 + g * (1.0 - uniforms.beta1);
          let v = ${of("second")}[index] * uniforms.beta2 + g * g * (1.0 - uniforms.beta2);
          ${of("first")}[index] = m;
          ${of("second")}[index] = v;
          ${of("moved")}[index] = w * (1.0 - share * decay) - share * rate * m / (sqrt(v) + epsilon);
        } else {
          ${of("moved")}[index] = w;
        }`,
};

const adamOf = remember((count: number) => programOf(adam, count));

const blend: Update = {
  name: "blend of many",
  writes: ["y"],
  reads: ["a", "b"],
  shared: ["verdict", "shares"],
  before: `
  let moves = verdict[0] != 0.0;
  let share = shares[i32(verdict[2])];`,
  body: (of) => `
        let a = ${of("a")}[index];
        if (moves) {
          ${of("y")}[index] = share * a + (1.0 - share) * ${of("b")}[index];
        } else {
          ${of("y")}[index] = a;
        }`,
};

const blendOf = remember((count: number) => programOf(blend, count));

/** The workgroups and scalars of the tensors at `places`, whose shapes are given. */
function arrange(shapes: readonly (readonly number[])[], places: readonly number[]) {
  const sizes = places.map((place) => sizeOf(shapes[place]));
  const { scalars, jobs } = firsts(sizes.map((size) => Math.max(1, Math.ceil(size / threads))));
  sizes.forEach((size, index) => scalars[`size${index}`] = size);
  return { scalars, jobs };
}

/** The tensors of some kinds at `places`, by the names that a program has for them. */
function pick(
  places: readonly number[],
  kinds: Readonly<Record<string, (place: number) => tf.TensorInfo>>,
): Record<string, tf.TensorInfo> {
  return Object.fromEntries(
    Object.entries(kinds).flatMap(([kind, of]) => places.map((place, index) => [`${kind}${index}`, of(place)])),
  );
}

/** New tensors of the shapes of others. */
function outputs(backend: WebgpuBackend, like: readonly tf.TensorInfo[]): tf.TensorInfo[] {
  return like.map(({ shape }) => backend.output(shape));
}

/** Registers both. */
export function registerUpdate(): void {
  defineWebgpuKernel(judgedAdamKernel, (backend, inputs, { count, beta1, beta2, shares }) => {
    const { verdict, paces } = inputs;
    const weights = names("weights", count).map((name) => inputs[name]);
    const moved = outputs(backend, weights);
    for (const places of launchesOf(backend, count, { kinds: 5, others: 2 })) {
      const { scalars, jobs } = arrange(weights.map(({ shape }) => shape), places);
      places.forEach((place, index) => scalars[`share${index}`] = shares[place]);
      const own = pick(places, {
        moved: (place) => moved[place],
        first: (place) => inputs[`first${place}`],
        second: (place) => inputs[`second${place}`],
        weights: (place) => inputs[`weights${place}`],
        gradient: (place) => inputs[`gradient${place}`],
      });
      backend.launch(adamOf(places.length), { verdict, paces, ...own }, { beta1, beta2, ...scalars }, jobs);
    }
    return moved;
  });
  defineWebgpuKernel(judgedBlendKernel, (backend, inputs, { count }) => {
    const { verdict, shares } = inputs;
    const a = names("a", count).map((name) => inputs[name]);
    const y = outputs(backend, a);
    for (const places of launchesOf(backend, count, { kinds: 3, others: 2 })) {
      const { scalars, jobs } = arrange(a.map(({ shape }) => shape), places);
      const own = pick(places, { y: (place) => y[place], a: (place) => a[place], b: (place) => inputs[`b${place}`] });
      backend.launch(blendOf(places.length), { verdict, shares, ...own }, scalars, jobs);
    }
    return y;
  });
}
