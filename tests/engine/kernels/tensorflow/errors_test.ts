import { assertEquals, assertInstanceOf, assertStringIncludes } from "@std/assert";
import { UserError } from "../../../../src/core/errors.ts";
import { translateError } from "../../../../src/engine/kernels/tensorflow/errors.ts";

Deno.test("out of memory names the tensor, its size, the device and what to lower", () => {
  const stock = new Error(
    "Invalid TF_Status: 8\nMessage: OOM when allocating tensor with shape[2,96,96,96,32] and type float on " +
      "/job:localhost/replica:0/task:0/device:GPU:0 by allocator GPU_0_bfc",
  );
  const translated = translateError(stock) as UserError;
  assertInstanceOf(translated, UserError);
  assertEquals(
    translated.message,
    "the tensorflow engine is out of memory: a tensor [2,96,96,96,32] of float (216 MiB) found no room on GPU:0; " +
      "lower the batch, the patch or the base filters",
  );
  assertEquals(translated.cause, stock);
});

Deno.test("out of memory without a tensor says what TensorFlow said", () => {
  const translated = translateError(new Error("Invalid TF_Status: 8\nMessage: failed to allocate memory")) as UserError;
  assertInstanceOf(translated, UserError);
  assertStringIncludes(translated.message, "base filters (failed to allocate memory)");
});

Deno.test("other errors stay what they are", () => {
  for (const status of [3, 80]) {
    const stock = new Error(`Invalid TF_Status: ${status}\nMessage: input and filter must have the same depth: 1 vs 2`);
    assertEquals(translateError(stock), stock);
  }
});
