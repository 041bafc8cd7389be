import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { diskFigures, processFigures } from "../../../src/telemetry/metrics/figures.ts";

Deno.test("a process has memory, time and a beginning", () => {
  const { residentBytes, cpuSeconds, startSeconds } = processFigures();
  assert(residentBytes > 1e6 && cpuSeconds > 0.01 && cpuSeconds < 3600);
  assert(startSeconds <= Date.now() / 1000 && startSeconds > Date.now() / 1000 - 24 * 3600);
});

Deno.test("checkpoints are counted by training, half-written ones not, and the newest is known", async () => {
  const directory = await Deno.makeTempDir({ prefix: "syncytium-" });
  try {
    assertEquals((await diskFigures(directory)).checkpoints.size, 0);
    for (const folder of ["checkpoints", "fine-tuning/scratch", "fine-tuning/own/pretrained"]) {
      await Deno.mkdir(join(directory, folder), { recursive: true });
      for (const [i, name] of ["1.safetensors", "2.safetensors", "3.safetensors.ab.tmp"].entries()) {
        await Deno.writeTextFile(join(directory, folder, name), "1234");
        await Deno.utime(join(directory, folder, name), 1000 + i, 1000 + i);
      }
    }
    const { checkpoints, freeBytes } = await diskFigures(directory);
    const figures = { files: 2, bytes: 8, newestSeconds: 1001 };
    assertEquals(checkpoints, new Map([["pretraining", figures], ["pretrained", figures], ["scratch", figures]]));
    assert(freeBytes! > 0);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
