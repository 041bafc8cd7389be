/**
 * Whether a step moves the weights, decided on the card: the squares of all gradients in a few launches, the verdict in
 * one.
 *
 * @module
 */

import { sizeOf } from "../../../../core/vectors.ts";
import { judgeKernel, squaresKernel } from "../../../steps/kernels.ts";
import { defineWebgpuKernel } from "../define_kernel.ts";
import { type Program, remember } from "../program.ts";
import { rowThreads, totalFunction } from "../rows.ts";
import { firsts, forTensorOf, launchesOf, names } from "./many.ts";

/** Values of which a workgroup adds up the squares. */
const chunk = 16 * rowThreads;

/** Sums of squares of chunks of `count` gradients, written from `at` on. */
const squares = remember((count: number): Program => ({
  name: "squares of gradients",
  writes: { sums: "f32" },
  reads: Object.fromEntries(names("gradient", count).map((name) => [name, "f32"])),
  integers: ["at", ...names("first", count).slice(1), ...names("size", count)],
  threads: rowThreads,
  declarations: totalFunction(rowThreads),
  body: `
  var sum = 0.0;
  ${
    forTensorOf(count, (tensor) => `
      let end = min((part + 1) * ${chunk}, uniforms.size${tensor});
      for (var i = part * ${chunk} + thread; i < end; i += threads) {
        sum += gradient${tensor}[i] * gradient${tensor}[i];
      }`)
  }
  let all = total(thread, sum);
  if (thread == 0) { sums[uniforms.at + job] = all; }`,
}));

const judge: Program = {
  name: "judge",
  writes: { seen: "f32", verdict: "f32" },
  reads: { loss: "f32", sums: "f32" },
  integers: ["count", "slot"],
  floats: ["clipNorm"],
  threads: rowThreads,
  // by its bits: a compiler may take for granted that there are no others
  declarations: `
fn isFinite(value: f32) -> bool { return (bitcast<u32>(value) & 0x7f800000u) != 0x7f800000u; }
${totalFunction(rowThreads)}`,
  body: `
  var sum = 0.0;
  for (var i = thread; i < uniforms.count; i += threads) { sum += sums[i]; }
  let norm = sqrt(total(thread, sum));
  if (thread == 0) {
    var skipped = 0.0;
    for (var i = 0; i < uniforms.slot; i++) {
      if (!isFinite(seen[2 * i]) || !isFinite(seen[2 * i + 1])) { skipped += 1.0; }
    }
    seen[2 * uniforms.slot] = loss[0];
    seen[2 * uniforms.slot + 1] = norm;
    let moves = isFinite(loss[0]) && isFinite(norm);
    verdict[0] = select(0.0, 1.0, moves);
    verdict[1] = select(1.0, uniforms.clipNorm / norm, norm > uniforms.clipNorm);
    verdict[2] = skipped;
  }`,
};

/** Registers both. */
export function registerJudge(): void {
  defineWebgpuKernel(squaresKernel, (backend, inputs, { count }) => {
    const sizes = names("gradient", count).map((name) => sizeOf(inputs[name].shape));
    const workgroups = sizes.map((size) => Math.max(1, Math.ceil(size / chunk)));
    const sums = backend.output([workgroups.reduce((sum, own) => sum + own, 0)]);
    let at = 0;
    for (const places of launchesOf(backend, count, { kinds: 1, others: 1 })) {
      const { scalars, jobs } = firsts(places.map((place) => workgroups[place]));
      places.forEach((place, index) => scalars[`size${index}`] = sizes[place]);
      const gradients = places.map((place, index) => [`gradient${index}`, inputs[`gradient${place}`]]);
      backend.launch(squares(places.length), { sums, ...Object.fromEntries(gradients) }, { at, ...scalars }, jobs);
      at += jobs;
    }
    return sums;
  });
  defineWebgpuKernel(judgeKernel, (backend, { loss, squares: sums, seen }, { slot, clipNorm }) => {
    const verdict = backend.output([3]);
    backend.launch(judge, { seen, verdict, loss, sums }, { count: sizeOf(sums.shape), slot, clipNorm }, 1);
    return verdict;
  });
}
