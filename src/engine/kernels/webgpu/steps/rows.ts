/**
 * Rows that stay on the card: put into a queue in place, and taken out of it.
 *
 * @module
 */

import { putRowsKernel, takeRowsKernel } from "../../../steps/kernels.ts";
import { defineWebgpuKernel } from "../define_kernel.ts";
import { elementJobs, elementwise } from "../program.ts";

/** One thread a key: it must have seen all values before it writes the first. */
const put = elementwise({
  name: "putRows",
  writes: { rows: "f32" },
  reads: { keys: "f32" },
  integers: ["skipped", "start", "capacity", "dimension"],
  declarations: `
fn isFinite(value: f32) -> bool { return (bitcast<u32>(value) & 0x7f800000u) != 0x7f800000u; }`,
  body: `
  let key = uniforms.skipped + index;
  let slot = (uniforms.start + key) % uniforms.capacity;
  var allFinite = true;
  for (var i = 0; i < uniforms.dimension; i++) { allFinite = allFinite && isFinite(keys[key * uniforms.dimension + i]); }
  for (var i = 0; i < uniforms.dimension; i++) {
    var value = 0.0;
    if (allFinite) { value = keys[key * uniforms.dimension + i]; }
    rows[slot * uniforms.dimension + i] = value;
  }`,
});

const take = elementwise({
  name: "takeRows",
  writes: { taken: "f32" },
  reads: { rows: "f32", places: "i32" },
  integers: ["dimension"],
  body: `taken[index] = rows[places[index / uniforms.dimension] * uniforms.dimension + index % uniforms.dimension];`,
});

/** Registers both. */
export function registerRows(): void {
  defineWebgpuKernel(putRowsKernel, (backend, { rows, keys }, { start, capacity }) => {
    const [count, dimension] = keys.shape;
    const skipped = Math.max(0, count - capacity); // more keys than slots: the newest stay, and no two write one slot
    const scalars = { count: count - skipped, skipped, start, capacity, dimension };
    backend.launch(put, { rows, keys }, scalars, elementJobs(count - skipped));
    return [];
  });
  defineWebgpuKernel(takeRowsKernel, (backend, { rows, places }) => {
    const [count] = places.shape, dimension = rows.shape[1];
    const taken = backend.output([count, dimension]);
    const scalars = { count: count * dimension, dimension };
    backend.launch(take, { taken, rows, places }, scalars, elementJobs(scalars.count));
    return taken;
  });
}
