/**
 * How far the kernels of a training step are from what the card can do at most.
 *
 * @module
 */
import { format as formatBytes } from "@std/fmt/bytes";
import { fromFileUrl } from "@std/path";
import { messageOf } from "../../../src/core/errors.ts";
import { formatMeasured } from "../../../src/display/formats/measured.ts";
import { launch } from "../../../src/studies/process.ts";
import { cardCases, type Case } from "../../bench/cases.ts";
import { reduced } from "../../bench/reduced.ts";
import type { Recording } from "../../profile/recorder.ts";
import type { Traffic } from "../../profile/traffic.ts";
import type { Ceilings } from "../ceilings.ts";
import type { Context, Finding, Part } from "../part.ts";
import { reckon } from "../reckoning.ts";
import { Silence } from "../silence.ts";
import type { RooflineEvent, RooflineTask } from "../roofline_process.ts";

const PROCESS = fromFileUrl(new URL("../roofline_process.ts", import.meta.url));

/** The training steps whose kernels are looked at: a small one and one that fills a card. */
function stepsOf(small: boolean): RooflineTask["steps"] {
  const isTraining = (one: Case): one is RooflineTask["steps"][number] & Case => one.kind === "training";
  const [first, ...others] = cardCases.filter(isTraining);
  return small ? [reduced(first) as RooflineTask["steps"][number]] : [first, others[0]];
}

/** Milliseconds that work takes at least: by the card's arithmetic or by its memory, whichever is longer. */
function floorOf({ operations, bytes }: { operations: number; bytes: number }, { rate, bandwidth }: Ceilings): number {
  return Math.max(operations / rate, bytes / bandwidth) / 1e6;
}

const COLUMNS = ["kernel", "calls", "ms", "GFLOP", "MB", "ms at least", "bound by", "share of the ceiling"];

/** The kernels of a step, what takes longest first, and the whole step. */
export function kernelRows(
  { runs, milliseconds }: Recording,
  ceilings: Ceilings,
): (string | number | null)[][] {
  const groups = [...Map.groupBy(runs, ({ kernel }) => kernel)].map(([kernel, calls]) => {
    const sum = (of: (run: Recording["runs"][number]) => number) => calls.reduce((sum, run) => sum + of(run), 0);
    const [operations, bytes] = [sum(({ work }) => work.operations), sum(({ work }) => work.bytes)];
    return {
      ...{ kernel, calls: calls.length, milliseconds: sum((run) => run.milliseconds), operations, bytes },
      least: sum(({ work }) => floorOf(work, ceilings)),
      boundBy: operations / ceilings.rate > bytes / ceilings.bandwidth ? "arithmetic" : "memory",
    };
  });
  const rows = groups.filter(({ bytes }) => bytes > 0).toSorted((a, b) => b.milliseconds - a.milliseconds)
    .map(({ kernel, calls, milliseconds, operations, bytes, least, boundBy }) => [
      ...[kernel, calls, milliseconds, operations / 1e9, bytes / 1e6, least, boundBy],
      milliseconds > 0 ? least / milliseconds : null,
    ]);
  const total = (of: (group: typeof groups[number]) => number) => groups.reduce((sum, group) => sum + of(group), 0);
  const least = total((group) => group.least);
  return [...rows, [
    ...["whole step", runs.length, milliseconds, total(({ operations }) => operations) / 1e9],
    ...[total(({ bytes }) => bytes) / 1e6, least, "", least / milliseconds],
  ]];
}

function ceilingsFinding({ bandwidth, rate, launch, roundTrip }: Ceilings): Finding {
  const show = formatMeasured;
  return {
    item: "ceilings",
    state: "passed",
    says: `a copy moves ${show(bandwidth)} GB/s (read and written), float32 runs at ${show(rate)} GFLOP/s; a launch ` +
      `takes ${show(launch)} us, a wait for a value ${show(roundTrip)} us`,
  };
}

function stepFinding(name: string, recording: Recording, traffic: Traffic, ceilings: Ceilings): Finding {
  const { dispatches, readbacks, bytesToDevice, bytesToHost } = traffic;
  const show = formatMeasured, waiting = show(ceilings.roundTrip / 1000);
  const reading = readbacks === 0
    ? `nothing is read, for which it would wait ${waiting} ms or more`
    : `${readbacks} values are read in one wait of ${waiting} ms or more`;
  return {
    item: name,
    state: "passed",
    says: `${dispatches} dispatches take ${show(dispatches * ceilings.launch / 1000)} ms of launches; ${reading}; ` +
      `${formatBytes(bytesToDevice)} to the card and ${formatBytes(bytesToHost)} from it a step of ` +
      `${show(recording.milliseconds)} ms`,
    columns: COLUMNS,
    rows: kernelRows(recording, ceilings),
  };
}

/** What the convolutions of the larger step ask of the card's memory: reckoned, so without a card. */
function reckoningFinding(): Finding {
  const { name, network, batch, extent } = stepsOf(false)[1];
  const rows = reckon(network, { batch, extent }).map(({ name, pass, gigaOperations, product, halo, block }) => [
    ...[name, pass, gigaOperations, product, halo, product / halo, block],
  ]);
  return {
    item: "bytes of convolutions",
    state: "passed",
    says:
      `what the 3x3x3 convolutions of ${name} ask of the card's memory for each operation, reckoned: as a product ` +
      "of matrices, and by blocks with their halo, as they are computed",
    columns: ["convolution", "pass", "GFLOP", "product, B/FLOP", "blocks, B/FLOP", "times fewer", "block"],
    rows,
  };
}

/** The part. */
export const rooflinePart: Part = {
  name: "roofline",
  title: "Roofline",
  note: "Ceilings are measured by a copy and by multiplications in registers. A kernel's operations are those of its " +
    "convolutions, its bytes each input read once and each output written once; at least it takes the longer of the two " +
    "over their ceilings. Its time is by replay, alone and in a row.",
  async run(context: Context) {
    const { options: { adapter, small, silence: limit }, signal } = context;
    const reckoning = reckoningFinding();
    if (!context.passed(reckoning.item)) await context.add(reckoning);
    const steps = stepsOf(small).filter(({ name }) => !context.passed(name));
    if (steps.length === 0 && context.passed("ceilings")) return;
    await context.card();
    const task: RooflineTask = { adapter, small, steps };
    using silence = new Silence(limit, signal);
    const lines = launch(PROCESS, task, {
      permissions: ["--allow-read", "--allow-env", "--allow-sys", "--allow-ffi"],
      doing:
        "measuring the card's ceilings: the driver must not take the process down; install the vendor's current one",
      ...{ where: adapter, signal: silence.signal },
    });
    let ceilings: Ceilings | undefined;
    try {
      for await (const line of silence.over(lines)) {
        const event: RooflineEvent = JSON.parse(line);
        if (event.kind === "ceilings") await context.add(ceilingsFinding(ceilings = event.ceilings));
        if (event.kind === "fault") await context.add({ item: event.name, state: "failed", says: event.says });
        if (event.kind !== "step") continue;
        await context.add(stepFinding(event.name, event.recording, event.traffic, ceilings!));
      }
    } catch (error) {
      if (signal.aborted) throw error;
      await context.add({ item: "roofline", state: "failed", says: messageOf(error) });
    }
  },
};
