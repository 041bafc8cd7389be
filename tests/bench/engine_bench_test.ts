/** The pure parts of the benchmark, and its processes on cases made small. */
import { assert, assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { cases, chooseCases } from "../../scripts/bench/cases.ts";
import { type Figure, figuresOf, shareFigures } from "../../scripts/bench/figures.ts";
import { lastLine, MeasuredProcess, type RunAnswer } from "../../scripts/bench/measured_process.ts";
import { convolutionOperations, networkOperations } from "../../scripts/bench/operations.ts";
import { optionsOf } from "../../scripts/bench/_options.ts";
import { benchEngine } from "../../scripts/bench/engine.ts";
import { render } from "../../scripts/bench/_report.ts";
import { FEWEST_ROUNDS, takeTurns, type Turns } from "../../scripts/bench/turns.ts";
import { UsageError } from "../../src/cli/command.ts";
import { UserError } from "../../src/core/errors.ts";
import { parseUNetConfig } from "../../src/model/config.ts";
import { reduced } from "../../scripts/bench/reduced.ts";

const ENGINE_PROCESS = new URL("../../scripts/bench/engine_process.ts", import.meta.url).href;
const memory = (heldBytes: number | null, peakBytes = 2 ** 21): RunAnswer => ({
  ...{ milliseconds: [1], heldBytes, peakBytes },
});
const turns = (...milliseconds: number[]): Turns => ({ milliseconds, memory: [memory(2 ** 20), memory(3 * 2 ** 20)] });

Deno.test("contestants take turns after one that warms up, and a slow case ends early", async () => {
  const order: string[] = [];
  let clock = 0;
  const contestant = (name: string, took: number) => ({
    name,
    run: () => {
      order.push(name);
      clock += took;
      return Promise.resolve({ ...memory(null), milliseconds: [took, 9 * took, 2 * took] });
    },
  });
  const options = { rounds: 5, budget: 100, now: () => clock, onFailure: () => assert(false) };
  const both = [contestant("a", 1), contestant("b", 2)];
  const results = await takeTurns(both, options);
  assertEquals(order.join(""), "ab".repeat(6));
  assertEquals([...results].map(([name, { milliseconds }]) => [name, milliseconds]), [
    ["a", [2, 2, 2, 2, 2]],
    ["b", [4, 4, 4, 4, 4]],
  ]);
  order.length = 0;
  await takeTurns([contestant("a", 100), contestant("b", 1)], options);
  assertEquals(order.join(""), "ab".repeat(1 + FEWEST_ROUNDS));
});

Deno.test("memory is compared from the end of the first round on: the turn before it makes what is kept", async () => {
  let held = 0;
  const run = () => Promise.resolve(memory(++held));
  const results = await takeTurns([{ name: "a", run }], { rounds: 3, onFailure: () => assert(false) });
  assertEquals(results.get("a")!.memory.map(({ heldBytes }) => heldBytes), [2, 4]);
});

Deno.test("a contestant that fails is named and left out, the others go on", async () => {
  const failures: string[] = [];
  const order: string[] = [];
  const run = (name: string) => () => {
    order.push(name);
    const fails = name === "b" && order.length > 3;
    return fails ? Promise.reject(new UserError("out of memory")) : Promise.resolve(memory(null));
  };
  const results = await takeTurns([{ name: "a", run: run("a") }, { name: "b", run: run("b") }], {
    rounds: 2,
    onFailure: (name, reason) => failures.push(`${name}: ${reason}`),
  });
  assertEquals([order.join(""), [...results.keys()], failures], ["ababa", ["a"], ["b: out of memory"]]);
});

Deno.test("a ratio is the median over the rounds, so that what slows a round slows both", () => {
  const [one] = chooseCases("conv A");
  const figures = figuresOf(one, new Map([["wasm", turns(2, 20, 4)], ["pytorch", turns(1, 10, 8)]]));
  const [time, speed, reference] = figures;
  assertEquals([time.engine, time.metric, time.value, time.unit], ["wasm", "forward", 4, "ms"]);
  assertEquals([time.range, time.ratioToPyTorch, speed.ratioToPyTorch], [[2, 20], 0.5, 0.5]);
  assertAlmostEquals(speed.value, 2 * 27 * 16 * 16 * 2 * 32 ** 3 / 4 / 1e6, 1e-9);
  assertEquals([reference.engine, reference.ratioToPyTorch], ["pytorch", undefined]);
  assertEquals(figuresOf(one, new Map([["wasm", turns(2)]]))[0].ratioToPyTorch, undefined);
});

Deno.test("where PyTorch has a faster way, the engine is compared with it, too, and PyTorch's ways with nobody", () => {
  const [one] = chooseCases("conv A");
  const ways: [string, Turns][] = [["pytorch", turns(8, 8)], ["pytorch compiled", turns(2, 4)]];
  const figures = figuresOf(one, new Map([["wasm", turns(4, 4)], ...ways])).filter(({ unit }) => unit === "ms");
  assertEquals(
    figures.map(({ engine, ratioToPyTorch, ratioToFastestPyTorch }) => [
      ...[engine, ratioToPyTorch, ratioToFastestPyTorch],
    ]),
    [["wasm", 2, 0.75], ["pytorch", undefined, undefined], ["pytorch compiled", undefined, undefined]],
  );
});

Deno.test("training and inference show memory and its growth: the tensors' where they are known", () => {
  const [one] = chooseCases("base 32");
  const known = figuresOf(one, new Map([["wasm", turns(1)]])).filter(({ unit }) => unit === "MiB");
  assertEquals(known.map(({ metric, value }) => [metric, value]), [
    ["peak memory, tensors", 3],
    ["peak memory, process", 2],
    ["growth over the rounds", 2],
  ]);
  const process: Turns = { milliseconds: [1], memory: [memory(null, 2 ** 20), memory(null, 2 ** 22)] };
  const unknown = figuresOf(one, new Map([["pytorch", process]])).filter(({ unit }) => unit === "MiB");
  assertEquals(unknown.map(({ metric, value }) => [metric, value]), [
    ["peak memory, process", 4],
    ["growth over the rounds", 3],
  ]);
});

Deno.test("a batch is compared with the step that waits for it, on the same engine", () => {
  const some = chooseCases("a batch of,batch 2");
  const step = some.find(({ kind }) => kind === "training")!;
  const batch = some.find(({ kind }) => kind === "batch")!;
  const figures = [
    ...figuresOf(step, new Map([["wasm", turns(200)]])),
    ...figuresOf(batch, new Map([["wasm", turns(10)], ["cpu", turns(10)]])),
  ];
  const shares = shareFigures(some, figures);
  assertEquals(shares.map(({ engine, value, unit }) => [engine, value, unit]), [["wasm", 5, "%"]]);
});

Deno.test("the operations of a network are those of its convolutions, added up by hand", () => {
  const config = parseUNetConfig({ classes: 3, baseFilters: 2, levels: 2, norm: "instance", pool: [[1, 2, 2]] });
  const fine = 2 * 27 * (1 * 2 + 2 * 2 + 4 * 2 + 2 * 2) * 64; // two blocks down, two up, on 4^3 voxels
  const coarse = 2 * 27 * (2 * 4 + 4 * 4) * 16;
  const pointwise = 2 * (4 * 2 * 16 + 2 * 3 * 64); // lateral on the coarse level, logits on the fine one
  assertEquals(networkOperations(config, { batch: 1, extent: 4 }), fine + coarse + pointwise);
  const encoder = 2 * 27 * (1 * 2 + 2 * 2) * 64 + coarse;
  assertEquals(networkOperations(config, { batch: 3, extent: 4, finest: 1 }), 3 * encoder);
  assertEquals(convolutionOperations([2, 32, 32, 32, 16], 16), 905_969_664);
});

Deno.test("cases are chosen by a part of their name or metric", () => {
  const names = (filter?: string) => chooseCases(filter).map(({ kind, metric }) => `${kind} ${metric}`);
  assertEquals(chooseCases(undefined).length, cases.length);
  assertEquals(names("conv a"), ["convolution forward", "convolution forward+backward"]);
  assertEquals(names("pre-training, INFERENCE"), ["contrastive training step", "prediction inference"]);
  assertEquals(new Set(cases.map(({ name, metric }) => `${name} ${metric}`)).size, cases.length);
});

Deno.test("flags have their defaults, and a mistake is named with the rule and the value", () => {
  const read = (...args: string[]) => optionsOf(benchEngine.read(args)!.flags, "python4");
  const { cases: chosen, ...rest } = read();
  assertEquals(chosen.length, cases.length);
  assertEquals(rest, {
    ...{ output: "text", engines: undefined, threads: navigator.hardwareConcurrency, repeats: 7 },
    ...{ adapter: "hardware", python: "python4", device: "cpu", patience: 600 },
  });
  assertEquals(read("--engine", "wasm,cpu").engines, ["wasm", "cpu"]);
  assertEquals(optionsOf(benchEngine.read(["--json"])!.flags).python, "python3");
  const refuse = (args: string[], words: string) => assertThrows(() => read(...args), UsageError, words);
  refuse(["--engine", "wasm,quantum"], "--engine must be one of tensorflow, webgpu, onednn, wasm, cpu, got quantum");
  refuse(["--threads", "0"], "--threads must be an integer from 1 to 256, got 0");
  refuse(["--repeats", "2.5"], "--repeats must be an integer of at least 1, got 2.5");
  refuse(["--cases", "nothing"], "--cases must name a part of one of: conv A");
  refuse(["--adapter", "any"], "--adapter must be one of hardware, software, got any");
  refuse(["--device", "tpu"], "--device must be one of cpu, cuda, cuda-tf32, cuda-bf16, got tpu");
  refuse(["--json", "--markdown"], "only one of --json and --markdown");
  refuse(["--fast"], "unknown flag --fast");
});

Deno.test("the report holds every figure once, and what was left out", () => {
  const figures: Figure[] = [
    {
      engine: "wasm",
      case: "a",
      metric: "forward",
      value: 4,
      unit: "ms",
      range: [2, 123.4],
      ratioToPyTorch: 0.5,
      ratioToFastestPyTorch: 0.4,
    },
    { engine: "wasm", case: "a", metric: "forward", value: 45.67, unit: "GFLOP/s", ratioToPyTorch: 0.5 },
    { engine: "pytorch", case: "a", metric: "forward", value: 2, unit: "ms", range: [1, 3] },
    { engine: "wasm", case: "a", metric: "peak memory, tensors", value: 512, unit: "MiB" },
    { engine: "wasm", case: "b", metric: "share of the step", value: 1.5, unit: "%" },
  ];
  const report = {
    ...{ command: "deno task bench engine", startedAt: "2026-01-02T03:04:05Z", machine: ["2 cores"], figures },
    ...{ engines: ["wasm: SIMD"], notes: ["webgpu: no adapter"] },
  };
  const lines = render(report, { markdown: true }).split("\n").map((line) => line.replaceAll(/ +/g, " "));
  for (
    const line of [
      "# deno task bench engine",
      "- 2 cores",
      "- wasm: SIMD",
      "| a | forward | wasm | 4.00 (2.00 to 123) | 45.7 GFLOP/s | 0.50 | 0.40 |",
      "| a | forward | pytorch | 2.00 (1.00 to 3.00) | | – | – |",
      "| a | peak memory, tensors | wasm | 512 MiB |",
      "| b | share of the step | wasm | 1.50 % |",
      "- webgpu: no adapter",
    ]
  ) assertEquals(lines.filter((other) => other === line).length, 1, `${line}\n\n${lines.join("\n")}`);
  const plain = render({ ...report, figures: figures.slice(0, 1), notes: [] });
  assertEquals(["Memory", "Preparing data", "Not measured"].filter((title) => plain.includes(title)), []);
});

Deno.test("an engine's process measures every case, and says what it cannot do", async () => {
  const permissions = ["--allow-read", "--allow-env", "--allow-sys", "--allow-ffi"];
  const command = (settings: object): [string, ...string[]] =>
    [
      ...[Deno.execPath(), "run", "--quiet", "--no-prompt", ...permissions, ENGINE_PROCESS, JSON.stringify(settings)],
    ] as [string, ...string[]];
  const process = MeasuredProcess.start("wasm", command({ engine: "wasm", threads: 1 }));
  try {
    const { detail, threads } = await process.ask<{ detail: string; threads: number }>({ do: "describe" });
    assertEquals([detail.includes("SIMD"), threads], [true, 1]);
    await assertRejects(() => process.ask({ do: "run", seconds: 0 }), UserError, "must be prepared before it is run");
    for (const one of cases) {
      await process.ask({ do: "prepare", case: reduced(one) });
      const { milliseconds, heldBytes, peakBytes } = await process.ask<RunAnswer>({ do: "run", seconds: 0 });
      assertEquals(milliseconds.length, 1);
      assert(milliseconds[0] > 0 && heldBytes! > 0 && peakBytes > 2 ** 24, one.name);
    }
  } finally {
    await process.stop();
  }
});

Deno.test("a process that ends is named with the last line of its stderr", async () => {
  const command = (script: string): [string, ...string[]] => [Deno.execPath(), "eval", "--quiet", script];
  const broken = MeasuredProcess.start("pytorch", command("console.error('one\\ntwo\\n'); Deno.exit(3)"));
  await assertRejects(() => broken.ask({ do: "describe" }), UserError, 'pytorch has ended at "describe" (two)');
  await broken.stop();
  const silent = MeasuredProcess.start("pytorch", command("Deno.exit(3)"));
  await assertRejects(() => silent.ask({ do: "describe" }), UserError, "exit code 3");
  await silent.stop();
  const hanging = MeasuredProcess.start("webgpu", command("setInterval(() => {}, 1e6)"), 0.2);
  await assertRejects(
    () => hanging.ask({ do: "describe" }),
    UserError,
    "webgpu must answer in time, and was ended (0.2 s)",
  );
  await hanging.stop();
  const nowhere = () => MeasuredProcess.start("pytorch", ["no-such-program"]);
  assertThrows(nowhere, UserError, "starting pytorch: there must be such a program (no-such-program)");
  assertEquals([lastLine("a\n b \n\n"), lastLine(" \n")], ["b", undefined]);
});
