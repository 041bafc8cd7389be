/** Networks that are tested one after another, and fine-tuned before where that was not done in rounds. */
import * as Comlink from "comlink";
import { raceAbort } from "../core/deadline.ts";
import { cutShort, type Run } from "./_run.ts";
import type { Method } from "./events.ts";
import type { CaseDice } from "./report/schema.ts";
import type { MethodResult, StageProgress } from "./trainer_api.ts";

/** Between two times that the history is written, in milliseconds: what is spent counts after a kill, too. */
const SAVED_EVERY = 60_000;

/** Fine-tunes and tests `methods`, each from the same number of steps or, where there is a budget, its part of it. */
export async function segment(run: Run, methods: readonly Method[]): Promise<Record<Method, MethodResult>> {
  const results: Record<Method, MethodResult> = {
    pretrained: { losses: [], dice: [] },
    scratch: { losses: [], dice: [] },
  };
  const timer = setInterval(() => run.saveHistory().catch(() => {}), SAVED_EVERY); // told of with the next round, if any
  try {
    for (const [index, method] of methods.entries()) {
      results[method] = await segmentOne(run, method, methods.length - index);
    }
  } finally {
    clearInterval(timer);
  }
  return results;
}

async function segmentOne(run: Run, method: Method, count: number): Promise<MethodResult> {
  const { trainer, emit, signal, budget, configuration: { fineTune: { mode, steps } } } = run;
  const until = budget && Date.now() + 1000 * budget.partOf(count);
  let testing: number | undefined;
  const onProgress = Comlink.proxy((progress: StageProgress) => {
    if (progress.phase === "predict") testing ??= performance.now();
    emit({ type: "progress", ...progress });
  });
  const onDice = Comlink.proxy(({ hd95: _, ...dice }: CaseDice) => emit({ type: "dice", ...dice }));
  const result = await raceAbort(trainer.segment(method, onProgress, onDice, { until }), signal);
  if (testing !== undefined) budget?.setApart((performance.now() - testing) / 1000);
  const { length: done } = result.losses;
  if (mode === "local" && done < steps) cutShort(run, `fine-tuning (${method}) after step ${done} of ${steps}`);
  return result;
}
