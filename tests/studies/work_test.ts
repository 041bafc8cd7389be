import { assertEquals } from "@std/assert";
import { ProcessError } from "../../src/studies/process.ts";
import { workThrough } from "../../src/studies/work.ts";

const never = new AbortController().signal;
const pause = () => new Promise((resolve) => setTimeout(resolve, 2));

Deno.test("units are begun in their order, never more at a time than may be", async () => {
  let now = 0, most = 0;
  const begun: number[] = [];
  const worked = await workThrough([1, 2, 3, 4, 5, 6, 7], {
    parallel: 3,
    signal: never,
    carryOut: async (unit) => {
      begun.push(unit);
      most = Math.max(most, ++now);
      await pause();
      now--;
    },
  });
  assertEquals([worked, begun, most], [{ failed: [], reason: undefined }, [1, 2, 3, 4, 5, 6, 7], 3]);
});

Deno.test("what fails by itself is set aside; anything else ends the work, and tells those at work", async () => {
  const own = new ProcessError("a unit must come to its end"), broken = new Error("the disk is full");
  const begun: number[] = [], told: unknown[] = [];
  const worked = await workThrough([1, 2, 3, 4, 5], {
    parallel: 2,
    signal: never,
    carryOut: async (unit, signal) => {
      begun.push(unit);
      if (unit === 1) throw own;
      if (unit === 3) throw broken;
      while (!signal.aborted) await pause();
      told.push(signal.reason);
    },
  });
  assertEquals([worked, begun, told], [{ failed: [own], reason: broken }, [1, 2, 3], [broken]]);
});

Deno.test("work that was interrupted before it began begins nothing", async () => {
  const reason = new Error("enough");
  const carryOut = () => Promise.reject(new Error("begun"));
  const worked = await workThrough([1], { parallel: 1, signal: AbortSignal.abort(reason), carryOut });
  assertEquals(worked, { failed: [], reason });
});
