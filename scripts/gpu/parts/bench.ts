/**
 * The engine against PyTorch on the same card, in turns: convolutions, training steps, pre-training, inference.
 *
 * @module
 */
import { formatMeasured } from "../../../src/display/formats/measured.ts";
import { median } from "../../../src/core/statistics.ts";
import { messageOf } from "../../../src/core/errors.ts";
import { cardCases, type Case } from "../../bench/cases.ts";
import {
  type Candidate,
  engineCommand,
  HALVES,
  openCandidate,
  openHalves,
  pytorchCommand,
  type PytorchWay,
} from "../../bench/contestants.ts";
import type { MeasuredProcess, RunAnswer } from "../../bench/measured_process.ts";
import { reduced } from "../../bench/reduced.ts";
import { type Contestant, takeTurns, type Turns } from "../../bench/turns.ts";
import type { Context, Entry, Finding, GpuCheckOptions, Part } from "../part.ts";

/** The engine's name in the tables. */
const ENGINE = "webgpu";

/** PyTorch on the card; where the adapter is emulated, on the processor that emulates it. */
export function waysOf({ adapter }: Pick<GpuCheckOptions, "adapter">): readonly PytorchWay[] {
  const device = adapter === "hardware" ? "cuda" : "cpu";
  return [
    { name: "pytorch float32", device },
    ...(device === "cuda" ? [{ name: "pytorch tf32", device, precision: "tf32" } as const] : []),
    { name: "pytorch bf16", device, precision: "bf16" },
    { name: "pytorch compiled", device, compiled: true }, // last: a network takes it a minute to compile, or more
  ];
}

/** Threads that PyTorch may use beside the card. */
const THREADS = navigator.hardwareConcurrency;

/** PyTorch's ways that start, each in a process that is kept: to import it takes seconds. */
async function openPytorch(context: Context): Promise<{ candidates: Candidate[]; missing?: string }> {
  const { options: { python, silence }, options } = context;
  const candidates: Candidate[] = [];
  for (const { name, ...way } of waysOf(options)) {
    try {
      candidates.push(await openCandidate(name, pytorchCommand({ python, threads: THREADS }, way), silence));
    } catch (error) {
      return { candidates, missing: messageOf(error) };
    }
  }
  return { candidates };
}

/** The rows of a case, the engine's first. */
export function rowsOf({ metric, operations }: Case, turns: ReadonlyMap<string, Turns>): NonNullable<Finding["rows"]> {
  const reference = turns.get(ENGINE)?.milliseconds;
  return [...turns].map(([name, { milliseconds, memory }]) => {
    const time = median(milliseconds);
    const { heldBytes, peakBytes } = memory[1];
    const ratio = name === ENGINE || !reference
      ? null
      : median(milliseconds.map((value, round) => value / reference[round]));
    const gflops = operations === undefined ? null : operations / time / 1e6;
    return [metric, name, time, gflops, ratio, (heldBytes ?? peakBytes) / 2 ** 20];
  });
}

/** What is compared: name, time, speed, and how many times its time the engine would take were it as fast. */
const COLUMNS = ["what", "by", "ms", "GFLOP/s", "its time by webgpu's", "peak, MiB"];

/** What came of a case; it is to be measured again where the engine failed, whatever was found of PyTorch. */
export function findingOf(one: Case, turns: ReadonlyMap<string, Turns>, faults: readonly string[]): Finding {
  const rows = rowsOf(one, turns);
  const shares = rows.flatMap(([, name, , , ratio]) =>
    typeof ratio === "number" ? [`${formatMeasured(ratio)} of the speed of ${name}`] : []
  );
  return {
    item: itemOf(one),
    state: turns.has(ENGINE) ? "passed" : "failed",
    says: [...shares, ...faults].join("; "),
    columns: COLUMNS,
    rows,
  };
}

/** Whether a name is the engine's, however it stores activations. */
const isEngine = (name: string) => name === ENGINE || name === HALVES;

/** Who takes part in all cases. */
interface Field {
  readonly candidates: readonly Candidate[];
  /** Processes of PyTorch, by name. */
  readonly kept: Map<string, MeasuredProcess>;
  /** Cases in which each has failed, by name. */
  readonly failures: Map<string, number>;
}

/** A way of PyTorch that failed in so many cases is not tried in the others: a compiler may take minutes to fail. */
const ENOUGH_FAILURES = 2;

async function measure(one: Case, { candidates, kept, failures }: Field, context: Context): Promise<Finding> {
  const { options: { repeats, small }, signal } = context;
  const contestants: Contestant[] = [];
  const ending: MeasuredProcess[] = [];
  const faults: string[] = [];
  const fail = (name: string, reason: string) => {
    faults.push(`${name}: ${reason}`);
    failures.set(name, (failures.get(name) ?? 0) + 1);
    const process = kept.get(name); // after some errors of a card a process computes nothing more
    if (process && kept.delete(name)) ending.push(process);
  };
  try {
    for (const { name, start } of candidates) {
      signal.throwIfAborted();
      if (!isEngine(name) && (failures.get(name) ?? 0) >= ENOUGH_FAILURES) {
        faults.push(`${name}: left out after ${ENOUGH_FAILURES} failures`);
        continue;
      }
      const process = isEngine(name) ? start() : kept.get(name) ?? start();
      if (isEngine(name)) ending.push(process); // its memory never shrinks, so a case has a process of its own
      else kept.set(name, process);
      try {
        await process.ask({ do: "prepare", case: one });
        contestants.push({ name, run: (seconds) => process.ask<RunAnswer>({ do: "run", seconds }) });
      } catch (error) {
        fail(name, messageOf(error));
      }
    }
    const turns = await takeTurns(contestants, {
      ...{ rounds: repeats, budget: 20, seconds: small ? 0 : 0.2 },
      onFailure: fail,
    });
    signal.throwIfAborted(); // what ends this process ends those that it began, which is no result
    return findingOf(one, turns, faults);
  } finally {
    await Promise.all(ending.map((process) => process.stop()));
  }
}

/** A case is one of its name and metric. */
function itemOf({ name, metric }: Case): string {
  return `${name}, ${metric}`;
}

/** Whether the engine stands beside PyTorch there; a case that was measured without it is measured again with it. */
export function isCompared(passed: Pick<Entry, "rows"> | undefined): boolean {
  return passed?.rows?.some(([, name]) => !isEngine(String(name))) ?? false;
}

/** The part. */
export const benchPart: Part = {
  name: "bench",
  title: "Against PyTorch on the same card",
  note:
    "Engine and PyTorch are processes that take turns at the same work; medians over the rounds. GFLOP/s count the " +
    "operations of the convolutions. A share of 0.5 is half of PyTorch's speed. webgpu float16 stores activations in 16 " +
    "bits, where the card has them. float32 is without tensor cores; bf16 is by autocast; compiled is torch.compile in " +
    "float32. Peak: what the allocators held on the card (on a software adapter, PyTorch's whole process).",
  async run(context) {
    const { options } = context;
    const all = options.small ? cardCases.map(reduced) : cardCases;
    const left = all.filter((one) => !isCompared(context.passed(itemOf(one))));
    if (left.length === 0) return;
    const { adapter, silence } = options;
    await context.card(); // without one there is nothing to compare
    const { candidates, missing } = await openPytorch(context);
    if (missing !== undefined) {
      await context.add({ item: "PyTorch", state: "skipped", says: `the rest is measured without it: ${missing}` });
    }
    const cases = candidates.length > 0 ? left : left.filter((one) => !context.passed(itemOf(one)));
    if (cases.length === 0) return;
    const engine = await openCandidate(ENGINE, engineCommand(ENGINE, { threads: 1, adapter }), silence);
    const halves = await openHalves({ threads: 1, adapter }, silence).catch(async (error) => {
      await context.add({ item: HALVES, state: "skipped", says: messageOf(error) });
    });
    const kept = new Map<string, MeasuredProcess>();
    const field = { candidates: [engine, ...(halves ? [halves] : []), ...candidates], kept, failures: new Map() };
    try {
      for (const one of cases) await context.add(await measure(one, field, context));
    } finally {
      await Promise.all([...kept.values()].map((process) => process.stop()));
    }
  },
};
