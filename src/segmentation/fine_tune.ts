/**
 * Supervised training of a U-Net on few labelled cases, all steps at once: from a pre-trained encoder or, with the same
 * budget, from scratch.
 *
 * @module
 */
import { type FineTuneProgress, FineTuner } from "./fine_tuner.ts";
import type { FineTunerOptions } from "./fine_tuner_options.ts";

/** Options of {@linkcode fineTune}. */
export interface FineTuneOptions extends FineTunerOptions {
  /** Ends the training after the current step. */
  signal?: AbortSignal;
}

/**
 * Trains `unet` in place, a step an iteration; whoever iterates sets the pace, and may stop early.
 *
 * @throws {UserError} if no case is labelled, a label is no class of the network, the patch does not fit it, or too
 * many steps in a row had no finite loss and gradients.
 * @throws the signal's reason when it is aborted.
 */
export async function* fineTune(options: FineTuneOptions): AsyncGenerator<FineTuneProgress, void, void> {
  const { steps, signal } = options;
  const tuner = new FineTuner(options);
  try {
    yield* tuner.round({ steps, signal });
  } finally {
    await tuner.dispose();
  }
}
