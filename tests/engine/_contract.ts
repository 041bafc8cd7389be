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
  /** What storing adds to every tolerance, where it rounds, as a share of the value. @default 0 */
  readonly rounding?: number;
  /** The sentences that it is held to. @default all */
  readonly sentences?: RegExp;
  start(): Promise<void>;
}

/** Half the distance of neighbours among 16-bit floats, as a share of the value: they have 11 bits. */
const HALF_ROUNDING = 2 ** -11;

/** What says something of activations in 16 bits: the ops that store them, each once, and what must not be lost. */
const OF_HALVES =
  /^conv3d.*(8 channels|one input channel|a pointwise kernel)$|^normAct.*of (8|3) channels$|^(maxPool3d|upsample3d|concat)|NaN/;

/** A card without them is no fault: it stores 32 bits. */
const halves = { activations: "float16", warn: () => {} } as const;

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
      if (adapter !== undefined && (await startEngine({ engine: name, adapter, ...halves })).detail !== detail) {
        found.push({
          name: `${name} (${detail}, activations in float16)`,
          rounding: HALF_ROUNDING,
          sentences: OF_HALVES,
          start: async () => void await startEngine({ engine: name, adapter, ...halves }),
        });
      }
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

/** That of the variant whose test runs. */
let rounding = 0;

/** Runs `test` on every variant; one that cannot run here is skipped with the reason in its name. */
export function contract(sentence: string, test: () => void | Promise<void>): void {
  for (const { name, missing, start, sentences, ...variant } of variants) {
    if (sentences && !sentences.test(sentence)) continue;
    Deno.test({
      name: `${name}: ${sentence}${missing ? ` (skipped: ${missing})` : ""}`,
      ignore: missing !== undefined,
      async fn() {
        await start();
        rounding = variant.rounding ?? 0;
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
 * default, 1e-5, is what float32 sums of some thousand values may lose. What the variant's storing rounds is added.
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
    assert(
      error <= tolerance + rounding,
      `${what}: value ${i} is ${values[i]}, must be ${value} (${error} of the scale)`,
    );
  });
}
