/** The check's pure parts: what is kept of it, how tests are heard, what a card that lies is called. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { chooseCases } from "../../scripts/bench/cases.ts";
import type { Turns } from "../../scripts/bench/turns.ts";
import { Ledger } from "../../scripts/gpu/_ledger.ts";
import { testsOf } from "../../scripts/gpu/_tap.ts";
import { judge } from "../../scripts/gpu/float16.ts";
import { rowsOf, waysOf } from "../../scripts/gpu/parts/bench.ts";
import { filterOf } from "../../scripts/gpu/parts/contract.ts";
import { UserError } from "../../src/core/errors.ts";

const conditions = { version: "1", adapter: "software", small: true };

Deno.test("findings survive a kill, the newest of an item counts, and what passed is not done again", async () => {
  const out = await Deno.makeTempDir();
  {
    using ledger = await Ledger.open(out, conditions);
    await ledger.add({ part: "bench", item: "a", state: "failed", says: "no memory" });
    await ledger.add({ part: "bench", item: "a", state: "passed", says: "", columns: ["ms"], rows: [[1.5]] });
    await ledger.add({ part: "bench", item: "b", state: "failed", says: "lost" });
  }
  const path = join(out, "results.jsonl");
  await Deno.writeTextFile(path, '{"part":"bench","item":"c"', { append: true }); // torn off
  using ledger = await Ledger.open(out, conditions);
  assertEquals(ledger.entries.map(({ item, state }) => [item, state]), [["a", "passed"], ["b", "failed"]]);
  assertEquals(["a", "b", "c"].map((item) => ledger.isDone("bench", item)), [true, false, false]);
  assert(!ledger.isDone("roofline", "a"));
  await ledger.add({ part: "contract", item: "x_test.ts: adds", state: "passed", says: "" });
  const page = await Deno.readTextFile(join(out, "results.md"));
  assert(page.includes("A rehearsal") && page.includes("- b: **failed**: lost") && /\| a \| 1\.50 \|/.test(page), page);
  assert(!page.includes("x_test.ts: adds"));
  const other = { ...conditions, adapter: "hardware" };
  const refused = await assertRejects(() => Ledger.open(out, other), UserError, "with the same adapter (software)");
  assert(refused.message.includes(out));
  await Deno.remove(out, { recursive: true });
});

Deno.test("tests are heard one by one, failures with the first line of their reason", async () => {
  const lines = async function* () {
    yield* [
      "TAP version 14",
      "# ./a_test.ts",
      "ok 1 - webgpu (a, float32): one",
      "not ok 2 - webgpu (a): two",
      "  ---",
    ];
    yield* ['  {"message":"Error: bad\\nthing","severity":"fail"}', "  ...", "ok 3 - wasm: x (skipped: no) # SKIP"];
    yield* await Promise.resolve(["not ok 4 - torn", "  ---", '  {"mess']);
  };
  assertEquals(await Array.fromAsync(testsOf(lines())), [
    { name: "webgpu (a, float32): one", state: "passed" },
    { name: "webgpu (a): two", why: "Error: bad", state: "failed" },
    { name: "wasm: x (skipped: no)", state: "skipped" },
    { name: "torn", why: undefined, state: "failed" },
  ]);
});

Deno.test("the suites are filtered to the card, whatever it is called", () => {
  const card = "Intel(R) UHD [Mesa 22.3+], float32";
  const form = new RegExp(filterOf(card).slice(1, -1));
  assert(form.test(`webgpu (${card}): adds`));
  assert(![`webgpu (llvmpipe, float32): adds`, `wasm (${card}): adds`].some((name) => form.test(name)));
});

Deno.test("16-bit floats that are rounded are right, and zeros or other values a lie", () => {
  const values = [1 / 3, -2, 0.25, 96].map((value) => Math.f16round(value));
  const right = values.map((x) => Math.f16round(Math.f16round(x * x) + x));
  assertEquals(judge(right, values).is, "right");
  for (const given of [values.map(() => 0), right.map((y) => y * 1.01), right.map(() => NaN)]) {
    assertEquals(judge(given, values).is, "wrong");
  }
});

Deno.test("a case's rows say how many times the engine's time each way of PyTorch takes, and the peaks", () => {
  const turns = (milliseconds: number[], heldBytes: number | null): Turns => {
    const answer = { milliseconds, heldBytes, peakBytes: 3 * 2 ** 20 };
    return { milliseconds, memory: [answer, answer] };
  };
  const [one] = chooseCases("conv A");
  const found = rowsOf(one, new Map([["webgpu", turns([4, 4], 2 ** 20)], ["pytorch float32", turns([2, 2], null)]]));
  assertEquals(found.map(([, name, time, , ratio, peak]) => [name, time, ratio, peak]), [
    ["webgpu", 4, null, 1],
    ["pytorch float32", 2, 0.5, 3],
  ]);
  assertEquals(waysOf({ adapter: "hardware" }).map(({ device, precision }) => [device, precision]), [
    ["cuda", undefined],
    ["cuda", "tf32"],
    ["cuda", "bf16"],
  ]);
  assert(waysOf({ adapter: "software" }).every(({ device }) => device === "cpu"));
});
