import { assert, assertEquals } from "@std/assert";
import os from "node:os";
import { memoryLimit } from "../../src/core/memory_limit.ts";

Deno.test("a limit that is set holds", () => {
  assertEquals(memoryLimit(3), { bytes: 3 * 2 ** 30, from: "setting" });
});

Deno.test({
  name: "without a setting most of the machine's memory, or its container's, may be taken",
  permissions: { sys: ["systemMemoryInfo"] },
  fn() {
    const { bytes, from } = memoryLimit();
    assertEquals(from, "machine");
    assert(bytes > 0 && bytes <= 0.8 * os.totalmem());
  },
});

Deno.test({
  name: "a process that may not ask the machine takes 8 GiB to be there",
  permissions: "none",
  fn() {
    assertEquals(memoryLimit(), { bytes: 8 * 2 ** 30, from: "assumption" });
  },
});
