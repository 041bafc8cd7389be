/**
 * Measures trainings as they will run: as many processes at a time on this machine.
 *
 * @module
 */
import { fromFileUrl } from "@std/path";
import { UserError } from "../../core/errors.ts";
import { mean } from "../../core/statistics.ts";
import type { MeasuredPretraining } from "../../planning/measuring/measure_training.ts";
import { launch } from "../../studies/process.ts";
import type { Answer, Measured, MeasureTask } from "./task.ts";

const PROCESS = fromFileUrl(new URL("process.ts", import.meta.url));

const PERMISSIONS = ["--allow-read", "--allow-env", "--allow-sys", "--allow-ffi"];

/**
 * Does each task in a process of its own, all at a time, until the last has measured.
 *
 * @throws {UserError} for the first that has met a user's mistake, or did not come to its end.
 */
export async function measureTogether(tasks: readonly MeasureTask[]): Promise<Measured> {
  const doing = "measuring how fast this machine trains: every process must come to its end";
  const running = tasks.map((task) => launch(PROCESS, task, { permissions: PERMISSIONS, doing, where: task.data }));
  try {
    return meanOf(await Promise.all(running.map(answerOf)));
  } finally {
    await Promise.all(running.map((process) => process.return())); // that ends them
  }
}

async function answerOf(lines: AsyncGenerator<string, void, void>): Promise<Measured> {
  for (;;) {
    const { value: line, done } = await lines.next();
    if (done) throw new Error("a measuring process ended without an answer");
    if (!line.startsWith("{")) continue; // a dependency may print a line of its own
    const answer: Answer = JSON.parse(line);
    if (answer.kind === "mistake") throw new UserError(answer.message);
    return answer.measured;
  }
}

/** What all have measured, as one: they slow each other down by turns. */
function meanOf(all: readonly Measured[]): Measured {
  const of = (pick: (measured: Measured) => number) => mean(all.map(pick));
  const [{ engine, pretrain, fineTune }] = all;
  return {
    engine,
    start: of(({ start }) => start),
    prepare: of(({ prepare }) => prepare),
    test: of(({ test }) => test),
    fineTune: Object.fromEntries(Object.keys(fineTune).map((name) => [name, of((one) => one.fineTune[name])])),
    pretrain: Object.fromEntries(
      Object.keys(pretrain).map((name) => {
        const mean = (pick: (measured: MeasuredPretraining) => number) => of((one) => pick(one.pretrain[name]));
        return [name, {
          step: mean(({ step }) => step),
          round: mean(({ round }) => round),
          health: mean(({ health }) => health),
        }];
      }),
    ),
  };
}
