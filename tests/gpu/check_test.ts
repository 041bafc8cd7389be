/** The check's pure parts: what is kept of it, how tests are heard, what a card that lies is called. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { chooseCases } from "../../scripts/bench/cases.ts";
import type { Turns } from "../../scripts/bench/turns.ts";
import { Ledger } from "../../scripts/gpu/_ledger.ts";
import { testsOf } from "../../scripts/gpu/_tap.ts";
import { findingOf, isCompared, rowsOf, waysOf } from "../../scripts/gpu/parts/bench.ts";
import { judge } from "../../src/engine/kernels/webgpu/float16.ts";
import { kernelRows } from "../../scripts/gpu/parts/roofline.ts";
import { carriage, evaluateArguments } from "../../scripts/gpu/parts/train.ts";
import { filterOf, sentenceOf } from "../../scripts/gpu/parts/contract.ts";
import { Silence } from "../../scripts/gpu/silence.ts";
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
  assertEquals(["a", "b", "c"].map((item) => ledger.passed("bench", item)?.rows), [[[1.5]], undefined, undefined]);
  assertEquals(ledger.passed("roofline", "a"), undefined);
  await ledger.add({ part: "contract", item: "x_test.ts: adds", state: "passed", says: "" });
  const page = await Deno.readTextFile(join(out, "results.md"));
  assert(page.includes("A rehearsal") && page.includes("- b: **failed**: lost") && /\| a \| 1\.50 \|/.test(page), page);
  assert(!page.includes("x_test.ts: adds"));
  const other = { ...conditions, adapter: "hardware" };
  await ledger.requireCard("a card");
  await ledger.requireCard("a card");
  const anew = () => ledger.requireCard("another card");
  await assertRejects(anew, UserError, "the same card (a card); name another folder");
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
  assert(form.test(`webgpu (${card}, activations in float16): adds`));
  assertEquals(
    [`webgpu (${card}): adds (twice): x`, `webgpu (${card}, activations in float16): adds`].map(sentenceOf),
    ["adds (twice): x", "float16: adds"],
  );
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
    ["cuda", undefined],
  ]);
  assertEquals(waysOf({ adapter: "hardware" }).map(({ compiled = false }) => compiled), [false, false, false, true]);
  const failed = findingOf(one, new Map([["pytorch float32", turns([2, 2], null)]]), ["webgpu: no memory"]);
  assertEquals([failed.state, failed.says, failed.rows?.length], ["failed", "webgpu: no memory", 1]);
  const alone = rowsOf(one, new Map([["webgpu", turns([4, 4], 2 ** 20)]]));
  assertEquals([found, alone, undefined].map((rows) => isCompared(rows && { rows })), [true, false, false]);
  assert(waysOf({ adapter: "software" }).every(({ device }) => device === "cpu"));
});

Deno.test("a kernel's share is the longer of its arithmetic and its bytes over the ceilings, by the time it took", () => {
  const ceilings = { rate: 1000, bandwidth: 100, launch: 1, roundTrip: 10 }; // GFLOP/s, GB/s
  const run = (kernel: string, milliseconds: number, operations: number, bytes: number) => ({
    ...{ phase: "forward", layer: "a", kernel, milliseconds, work: { operations, bytes } } as const,
  });
  const runs = [
    run("Conv3D", 3, 1e9, 1e7), // 1 ms of arithmetic, 0.1 of memory
    run("Conv3D", 1, 1e9, 1e7),
    run("Add", 5, 0, 1e8), // 1 ms of memory
    run("Reshape", 0, 0, 0),
  ];
  const rows = kernelRows({ runs, milliseconds: 10 }, ceilings);
  assertEquals(rows, [
    ["Add", 1, 5, 0, 100, 1, "memory", 0.2],
    ["Conv3D", 2, 4, 2, 20, 2, "arithmetic", 0.5],
    ["whole step", 4, 10, 2, 120, 3, "", 0.3],
  ]);
});

Deno.test("training is the protocol of the size for a card, bounded by minutes, within --out", () => {
  const chosen = { adapter: "hardware", activations: "float32", small: false, minutes: 8 } as const;
  const options = { dataset: "/data/acdc", out: "/out", ...chosen };
  const given = evaluateArguments(options);
  const valueOf = (args: string[], flag: string) => args.includes(flag) ? args[args.indexOf(flag) + 1] : undefined;
  assertEquals(["--protocol", "--engine", "--minutes", "--out"].map((flag) => valueOf(given, flag)), [
    ...["paper", "webgpu", "8", "/out/train"],
  ]);
  assertEquals(valueOf(evaluateArguments({ ...options, minutes: undefined }), "--minutes"), undefined);
  assertEquals(valueOf(given, "--activations"), undefined);
  const halves = evaluateArguments({ ...options, activations: "float16" });
  assertEquals(["--activations", "--out"].map((flag) => valueOf(halves, flag)), ["float16", "/out/train-float16"]);
  assertEquals(valueOf(evaluateArguments({ ...options, small: true }), "--protocol"), "/out/protocol.json");
});

Deno.test("what is to be carried on is told apart from what a pre-training under way has beside it", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.mkdir(join(folder, "pretraining/fcl/rounds"), { recursive: true });
  await Deno.writeFile(join(folder, "cells.csv"), new Uint8Array(1000));
  assert(!(await carriage(folder)).includes("rounds"));
  await Deno.writeFile(join(folder, "pretraining/fcl/rounds/x"), new Uint8Array(5000));
  const said = await carriage(folder);
  assert(said.includes("1 kB of results") && said.includes("5 kB more in its folder rounds"), said);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a process that says nothing for too long is ended, or with the check", async () => {
  const interrupted = new AbortController();
  using silence = new Silence(0.05, interrupted.signal);
  const ended = new Promise((resolve) => silence.signal.addEventListener("abort", resolve, { once: true }));
  const said = silence.over((async function* () {
    yield "something";
    await ended;
  })());
  assertEquals((await said.next()).value, "something");
  await assertRejects(() => said.next(), UserError, "a process must say something every 0.05 s");
  using other = new Silence(1000, interrupted.signal);
  interrupted.abort(new Error("interrupted"));
  assertEquals(String(other.signal.reason), "Error: interrupted");
});
