/** Training a round, and going back behind weights with which nothing can be trained. */
import { raceAbort } from "../core/deadline.ts";
import { isDivergence } from "../model/divergence.ts";
import { nameOf, type Run, type Training } from "./_run.ts";

/** Trains a round; `isSpoilt`: no step of it, or too few, could be taken. */
export async function trainRound({ signal }: Run, training: Training, round: number) {
  try {
    const trained = await raceAbort(training.train(round), signal);
    return { trained, isSpoilt: !Number.isFinite(trained.loss) };
  } catch (error) {
    if (!isDivergence(error)) throw error;
    return { error, isSpoilt: true };
  }
}

/**
 * Goes back to the checkpoint before the one that `round` began from, if others' weights have come into that.
 *
 * @returns the round that it is of; undefined where nothing of others has come in, or there is no checkpoint.
 */
export async function rollBack(run: Run, training: Training, round: number): Promise<number | undefined> {
  const { mesh, emit, signal } = run;
  const { before, method, weights } = training;
  const last = round - 1;
  if (run.partnersOf(last, method).length === 0) return undefined;
  const back = await raceAbort(training.rollBack(), signal);
  if (!back) return undefined;
  const partners = run.undoRounds(back.round, method);
  weights.replace(back.vector, before + back.round);
  if (back.momentum) weights.resumeMomentum(back.momentum);
  for (const message of back.warnings) emit({ type: "warning", message });
  const to = back.round === 0 ? "the start" : `round ${back.round}`;
  const message =
    `${nameOf(training)}, round ${round}: nothing can be trained with the weights of round ${last}, which ` +
    `were averaged with ${partners.join(", ")}: goes back to those of ${to}`;
  emit({ type: "warning", message });
  mesh.averaging.serveOptimiser(() => undefined);
  return back.round;
}
