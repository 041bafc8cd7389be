import { assertEquals } from "@std/assert";
import { EngineUse } from "../../../src/live/state/engine_use.ts";

Deno.test("cores are those in use since the last look", () => {
  let [time, used] = [0, 0];
  const use = new EngineUse({ now: () => time, processor: () => used, memory: () => 42 });
  [time, used] = [1000, 1_500_000];
  assertEquals(use.look(), { memory: 42, cores: 1.5 });
  time = 2000;
  assertEquals(use.look(), { memory: 42, cores: 0 });
});

Deno.test("the system is asked without a permission", () => {
  const { memory, cores } = new EngineUse().look();
  assertEquals([memory > 1e6, cores >= 0], [true, true]);
});
