/**
 * From times to figures: medians, speeds, and how each engine compares with PyTorch.
 *
 * @module
 */

import type { Case } from "./cases.ts";
import { median } from "../../src/core/statistics.ts";
import { middleOf } from "../../src/display/statistics.ts";
import type { Turns } from "./turns.ts";

/** The name under which PyTorch's own figures stand; those of its further ways begin with it. */
export const PYTORCH = "pytorch";

/** Whether figures are PyTorch's own, whichever of its ways they were measured by. */
export function isPytorch(name: string): boolean {
  return name.split(" ")[0] === PYTORCH;
}

/** One figure: a line of the output of --json. */
export interface Figure {
  readonly engine: string;
  readonly case: string;
  readonly metric: string;
  /** The median over the rounds, where there are several. */
  readonly value: number;
  readonly unit: string;
  /** The least and the greatest of the rounds. */
  readonly range?: readonly [number, number];
  /** PyTorch's time by the engine's: above 1 is faster than PyTorch. Absent without PyTorch. */
  readonly ratioToPyTorch?: number;
  /** The same against the fastest of PyTorch's ways. */
  readonly ratioToFastestPyTorch?: number;
}

/** The figures of one case, an engine after the other. */
export function figuresOf(one: Case, results: ReadonlyMap<string, Turns>): Figure[] {
  const reference = results.get(PYTORCH)?.milliseconds;
  const fastest = [...results].filter(([name]) => isPytorch(name)).map(([, { milliseconds }]) => milliseconds)
    .toSorted((a, b) => median(a) - median(b)).at(0);
  return [...results].flatMap(([engine, turns]) => {
    const base = { engine, case: one.name, metric: one.metric };
    // of the rounds one by one, because what slows a round slows both in it
    const by = (other: readonly number[]) => median(turns.milliseconds.map((value, round) => other[round] / value));
    const ratio = isPytorch(engine) ? {} : {
      ...(reference && { ratioToPyTorch: by(reference) }),
      ...(fastest && { ratioToFastestPyTorch: by(fastest) }),
    };
    const speed = (amount: number, unit: string) => timed(turns.milliseconds.map((value) => amount / value), unit);
    const timed = (values: readonly number[], unit: string): Figure => {
      const { value, range } = middleOf(values);
      return { ...base, value, unit, range, ...ratio };
    };
    return [
      timed(turns.milliseconds, "ms"),
      ...(one.operations ? [speed(one.operations / 1e6, "GFLOP/s")] : []),
      ...(one.voxels ? [speed(one.voxels * 1e3, "voxels/s")] : []),
      ...(holdsMemory(one) ? memoryFigures(base, turns) : []),
    ];
  });
}

/** Convolutions alone and batches say nothing about the memory of training. */
function holdsMemory({ kind }: Case): boolean {
  return kind === "training" || kind === "contrastive" || kind === "prediction";
}

/** What was held at most, and what came on top after the first round. */
function memoryFigures(base: Pick<Figure, "engine" | "case">, { memory: [first, last] }: Turns): Figure[] {
  const of = last.heldBytes === null ? "process" : "tensors";
  const [before, after] = [first, last].map(({ heldBytes, peakBytes }) => heldBytes ?? peakBytes);
  return [
    { ...base, metric: `peak memory, ${of}`, value: after / 2 ** 20, unit: "MiB" },
    ...(of === "process"
      ? []
      : [{ ...base, metric: "peak memory, process", value: last.peakBytes / 2 ** 20, unit: "MiB" }]),
    { ...base, metric: "growth over the rounds", value: (after - before) / 2 ** 20, unit: "MiB" },
  ];
}

/** How much of the step that waits for it each batch takes, on each engine for which both were measured. */
export function shareFigures(cases: readonly Case[], figures: readonly Figure[]): Figure[] {
  const time = (name: string, engine: string) =>
    figures.find((figure) => figure.case === name && figure.engine === engine && figure.unit === "ms")?.value;
  return cases.flatMap((one) => {
    if (one.kind !== "batch") return [];
    const engines = [...new Set(figures.map(({ engine }) => engine))];
    return engines.flatMap((engine) => {
      const [batch, step] = [time(one.name, engine), time(one.step, engine)];
      if (batch === undefined || step === undefined) return [];
      return [{ engine, case: one.name, metric: "share of the step", value: 100 * batch / step, unit: "%" }];
    });
  });
}
