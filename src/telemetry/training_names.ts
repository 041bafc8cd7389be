/** What the trainings of a run are called for other programs. */
import type { Method, Phase } from "../peer/events.ts";

/** Pre-training, and the two fine-tunings. */
export type TrainingName = "pretraining" | Method;

/** The training that a stage is of; undefined: none. */
export function trainingOfPhase(phase: Phase): TrainingName | undefined {
  if (phase === "pretrain") return "pretraining";
  return phase === "pretrained" || phase === "scratch" ? phase : undefined;
}

/** The training that a round is of. */
export function trainingOfMethod(method?: Method): TrainingName {
  return method ?? "pretraining";
}
