/**
 * How a round ends: its weights become the trainer's, a checkpoint and a head, and it is told.
 *
 * @module
 */
import { raceAbort } from "../core/deadline.ts";
import type { LateState } from "../mesh/averaging/late_state.ts";
import { attempt } from "./_attempt.ts";
import { type DoneRound, noteRound } from "./_round_lines.ts";
import type { Run, Training } from "./_run.ts";
import type { RepresentationHealth } from "./events.ts";

/** Ends a round. @param state the member's that the site goes on from */
export async function endRound(run: Run, training: Training, done: DoneRound, state?: LateState): Promise<void> {
  const { mesh, metrics } = run;
  const health = await adopt(run, training, done, state);
  await attempt(
    run,
    "announcing a head",
    () => mesh.announceHead({ round: training.before + done.round, metrics }),
  );
  await tellRound(run, training, { ...done, health });
}

/**
 * Ends the averaging of a round, makes its weights the trainer's, and returns how they do. What the report says of the
 * round is written before, so that a kill after its checkpoint leaves no gap: the next life tells of it. What comes after
 * none is left out.
 */
async function adopt(
  run: Run,
  training: Training,
  done: DoneRound,
  state: LateState | undefined,
): Promise<RepresentationHealth | null> {
  const { round } = done;
  const { mesh, emit, signal } = run;
  const { before, weights, method } = training;
  await noteRound(run, training, { ...done, health: null });
  // a failure is told of when the round has ended, and it is written again
  await run.saveHistory({ round, ...(method && { method }) }).catch(() => {});
  // before the checkpoint that holds it, and before it is announced
  const audit = await attempt(run, "flushing the audit log", () => run.audit.anchor());
  const adoption = {
    ...await weights.finish(before + round),
    ...(state && { optimiser: state.optimiser }),
    audit,
  };
  const { health, optimiser, momentum, warnings } = await raceAbort(training.adopt(round, adoption), signal);
  for (const message of warnings) emit({ type: "warning", message });
  if (momentum && !weights.resumeMomentum(momentum)) {
    const message = "the outer momentum that came with a member's weights does not fit, and begins anew";
    emit({ type: "warning", message });
  }
  // its moments are made of updates without noise
  mesh.averaging.serveOptimiser(() => run.updates.isOn ? undefined : optimiser);
  return health;
}

/** Writes down what a round came to, and tells of it. */
async function tellRound(
  run: Run,
  training: Training,
  done: DoneRound & { health: RepresentationHealth | null },
): Promise<void> {
  const { emit } = run, { method, rounds } = training, { health } = done;
  const before = run.rounds.findLast(({ round }) => round < done.round)?.health;
  const line = await noteRound(run, training, done);
  emit({ type: "round", rounds, health, ...line, ...(method && { method }) });
  // told before: of a kill between the two it would not be told again
  await attempt(run, "writing the history for the report", () => run.saveHistory());
  const warning = collapseWarning(health, before);
  if (warning) emit({ type: "warning", message: warning });
}

/** Said once, when the representation collapses. */
function collapseWarning(now: RepresentationHealth | null, before: RepresentationHealth | null = null) {
  if (!now?.collapsed || before?.collapsed) return undefined;
  const figures = `mean cosine ${now.meanCosine.toFixed(3)}, effective rank ${now.effectiveRank.toFixed(1)}`;
  return `collapse: the encoder sends everything to nearly one point (${figures})`;
}
