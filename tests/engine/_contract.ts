/**
 * What the contract tests share: every engine that this machine offers, and the comparison with float64 references.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { messageOf, UserError } from "../../src/core/errors.ts";
import { adapterKinds, engines, startEngine } from "../../src/engine/engine.ts";
import { makeOnednnEngine } from "../../src/engine/engines/onednn.ts";
import { libraryNames } from "../../src/engine/kernels/onednn/library.ts";
import { loadKernels } from "../../src/engine/kernels/wasm/module.ts";
import { registerKernels } from "../../src/engine/kernels/wasm/all_kernels.ts";
import type { Reference } from "./_reference.ts";

/** One engine, or one build of its kernels. */
export interface Variant {
  readonly name: string;
  /** Why it cannot run here. */
  readonly missing?: string;
  start(): Promise<void>;
}

/** Every engine of the registry, and the builds and libraries that this machine would not choose by itself. */
export const variants: readonly Variant[] = await findVariants();

async function findVariants(): Promise<Variant[]> {
  const found: Variant[] = [];
  const choices = engines.flatMap(({ name }) =>
    (name === "webgpu" ? adapterKinds : [undefined]).map((adapter) => ({ name, adapter }))
  );
  for (const { name, adapter } of choices) {
    try {
      const { detail } = await startEngine({ engine: name, adapter });
      found.push({
        name: `${name} (${detail})`,
        async start() {
          await startEngine({ engine: name, adapter });
          if (name === "wasm") registerKernels(await loadKernels(tf.backend()));
        },
      });
      if (detail === "relaxed SIMD") {
        found.push({
          name: `${name} (SIMD)`,
          async start() {
            await startEngine({ engine: name });
            const build = { file: "kernels.simd.wasm", detail: "SIMD" };
            registerKernels(await loadKernels(tf.backend(), { build }));
          },
        });
      }
    } catch (error) {
      // only what the engine itself reports as lacking is a reason to skip; a failed self-test has a cause, and fails
      const lacking = error instanceof UserError && error.cause === undefined;
      found.push({ name, missing: lacking ? messageOf(error) : undefined, start: () => Promise.reject(error) });
    }
  }
  return [...found, ...await findLibraries(found)];
}

/** The onednn engine on each further libdnnl that is installed: of another version than the one it takes by itself. */
async function findLibraries(found: readonly Variant[]): Promise<Variant[]> {
  const further = new Map<string, Variant>();
  for (const path of libraryNames()) {
    const among = [makeOnednnEngine({ path })];
    const start = () => startEngine({ engine: "onednn", among });
    try {
      const name = `onednn (${(await start()).detail})`;
      if (found.some((variant) => variant.name === name)) continue;
      further.set(name, { name, start: async () => void await start() });
    } catch (error) {
      if (!(error instanceof UserError)) throw error; // a name under which there is no library that fits
    }
  }
  return [...further.values()];
}

/** Runs `test` on every variant; one that cannot run here is skipped with the reason in its name. */
export function contract(sentence: string, test: () => void | Promise<void>): void {
  for (const { name, missing, start } of variants) {
    Deno.test({
      name: `${name}: ${sentence}${missing ? ` (skipped: ${missing})` : ""}`,
      ignore: missing !== undefined,
      async fn() {
        await start();
        const before = tf.memory().numTensors;
        tf.engine().startScope();
        await test();
        tf.engine().endScope();
        assertEquals(tf.memory().numTensors, before, "tensors left behind");
      },
    });
  }
}

/** A float32 tensor of a reference's values. */
export function tensorOf<R extends tf.Rank>({ shape, data }: Reference): tf.Tensor<R> {
  return tf.tensor<R>(new Float32Array(data), [...shape] as tf.ShapeMap[R], "float32");
}

/**
 * Holds when no value is further from `expected` than `tolerance` times the largest magnitude in `expected`. The
 * default, 1e-5, is what float32 sums of some thousand values may lose.
 */
export async function assertClose(
  actual: tf.Tensor,
  expected: Reference,
  what: string,
  tolerance = 1e-5,
): Promise<void> {
  assertEquals(actual.shape, [...expected.shape], `${what}: shape`);
  const values = await actual.data();
  const scale = expected.data.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1e-30);
  expected.data.forEach((value, i) => {
    const error = Math.abs(values[i] - value) / scale;
    assert(error <= tolerance, `${what}: value ${i} is ${values[i]}, must be ${value} (${error} of the scale)`);
  });
}
