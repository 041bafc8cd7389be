/**
 * The rounds of a training that sites do together: train, release features, exchange weights, adopt the result,
 * announce it.
 *
 * A run does several such trainings one after another; their rounds are counted through, so that everybody's
 * announcements and steps of averaging say how far in the run they are.
 *
 * @module
 */
import { raceAbort } from "../core/deadline.ts";
import { messageOf } from "../core/errors.ts";
import type { Mesh } from "../mesh/mesh.ts";
import { gather } from "./_gathering.ts";
import { aheadOf, awaitTaught, believed, farBeyond, type Neighbour, takeNeighbour } from "./_neighbours.ts";
import { type DoneRound, noteRound } from "./_round_lines.ts";
import { LONGEST_WAIT, tellOfLag, tellOfStray, tellOfWait, tellOfWay } from "./_round_notes.ts";
import { rollBack, trainRound } from "./_roll_back.ts";
import { cutShort, nameOf, type Run, type Trained, type Training } from "./_run.ts";
import type { RepresentationHealth } from "./events.ts";
import type { RoundResult } from "./trainer_api.ts";

/** Times that a training goes back because nothing could be trained with what was averaged. */
const MOST_ROLL_BACKS = 3;

/** What a round leaves in which this site did not train. */
const NOTHING_TRAINED = { loss: NaN };

/**
 * Does all rounds that are left; what fails for a while costs warnings, never the run.
 *
 * @returns whether it could be done: a site that joins the others cannot where there are none.
 */
export async function trainTogether(run: Run, training: Training): Promise<boolean> {
  const { configuration: { schedule: { exchanges } }, emit, signal, mesh, total, metrics } = run;
  const { before, rounds, done, weights, joinsAfter } = training;
  let first = done + 1;
  let isNew = done === 0, waited = 0, isSlow = false;
  const stray = new Set<string>();
  let rollBacks = MOST_ROLL_BACKS;
  if (!isNew) await attempt(run, "announcing a head", () => mesh.announceHead({ round: before + done, metrics }));
  else if (joinsAfter !== undefined) {
    const joined = await join(run, training, joinsAfter);
    if (joined === undefined) return false;
    first = joined + 1;
    isNew = false;
  } else if (before > 0) await gather(run, training);
  for (let round = first; round <= rounds; round++) {
    if (round > 1 && training.hasTime?.() === false) {
      cutShort(run, `${nameOf(training)} after round ${round - 1} of ${rounds}`);
      break;
    }
    const startedAt = performance.now();
    const outcome = await trainRound(run, training, round);
    const back = outcome.isSpoilt && rollBacks > 0 ? await rollBack(run, training, round) : undefined;
    if (back !== undefined) {
      rollBacks--;
      round = back; // the next one is the one after it
      continue;
    }
    if ("error" in outcome) throw outcome.error;
    const { trained } = outcome;
    tellOf(run, training, round, trained);
    tellOfStray(run, stray);
    // what it trained counts there; the steps of fine-tuning are the site's own, and it does them all
    const beyond = isNew || training.method ? undefined : farBeyond(run, training, { round, again: isSlow });
    if (beyond !== undefined) {
      tellOfLag(run, round, beyond);
      round = beyond;
      isSlow = true;
    }
    const ahead = isNew || joinsAfter !== undefined ? aheadOf(run, training, round + 1) : undefined;
    const further = ahead &&
      await attempt(run, "taking a state", () => takeNeighbour(run, training, { round, ahead }));
    const nearer = further || isNew ? undefined : await attempt(run, "coming back", () => mesh.comeBack(signal));
    const neighbour = further ?? (nearer && { ...nearer, round: before + round });
    if (neighbour) {
      round = Math.min(neighbour.round - before, rounds);
      weights.replace(neighbour.vector, before + round);
      tellOfWay(run, { isNew, isBack: nearer !== undefined, round });
    }
    const knows = !isNew || (ahead ? neighbour !== undefined : knowsEverybody(mesh));
    if (!knows) waited++;
    const addsNothing = neighbour !== undefined && mesh.averaging.sumsOnly;
    const isReady = (knows || waited > LONGEST_WAIT) && !addsNothing;
    if (!knows && waited === LONGEST_WAIT + 1) tellOfWait(run, ahead !== undefined);
    if (!neighbour) {
      const { vector, warning } = await run.updates.apply(weights.start, trained.vector);
      if (warning !== undefined) emit({ type: "warning", message: warning });
      await weights.contribute(vector, before + round, { share: isReady });
    }
    const { release } = trained;
    const released = release
      ? await attempt(run, "releasing features", () => releaseFeatures(run, round, release)) ?? 0
      : undefined;
    const partners: string[] = [];
    let alone = isReady
      ? undefined
      : addsNothing
      ? "this site has just gone on from others' weights, and adds nothing of its own to a sum yet"
      : "this site does not know yet how far the others are";
    if (!isReady) mesh.averaging.sitOut(); // whoever waited for it would wait for a whole round, or for ever after the last
    for (let k = 0; isReady && k < exchanges; k++) {
      // whoever has announced the round of a step has done it
      const hasPassed = (peer: string, step: number) =>
        (mesh.heads().get(peer)?.round ?? 0) > Math.floor(step / exchanges);
      const numbers = { steps: total * exchanges, end: (before + rounds) * exchanges };
      const step = { step: (before + round - 1) * exchanges + k, ...numbers, hasPassed, signal };
      const mixed = await attempt(run, "averaging", () => mesh.averaging.step(step));
      alone = mixed?.skipped ?? alone;
      partners.push(...(mixed?.partners ?? []).filter((peer) => !partners.includes(peer)));
    }
    isNew &&= partners.length === 0 && !neighbour;
    const done = { round, trained, partners, alone, released, startedAt };
    const health = await adopt(run, training, round, neighbour, done);
    await attempt(run, "announcing a head", () => mesh.announceHead({ round: before + round, metrics }));
    await endRound(run, training, { ...done, health });
  }
  return true;
}

/** Goes on from what the others have come to after `joinsAfter` rounds or more. @returns the round; undefined: nobody has */
async function join(run: Run, training: Training, joinsAfter: number): Promise<number | undefined> {
  const { mesh, metrics } = run;
  const { before, rounds, weights } = training;
  const startedAt = performance.now();
  const state = await awaitTaught(run, training, joinsAfter);
  if (!state) return undefined;
  const round = Math.min(state.round - before, rounds);
  weights.replace(state.vector, before + round);
  const done = { round, trained: NOTHING_TRAINED, partners: [], startedAt };
  const health = await adopt(run, training, round, state, done);
  await attempt(run, "announcing a head", () => mesh.announceHead({ round: before + round, metrics }));
  await endRound(run, training, { ...done, health });
  return round;
}

/** Does what the next round can do again: a failure becomes a warning; an abort still ends the run. */
async function attempt<T>({ emit, signal }: Run, doing: string, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    signal?.throwIfAborted();
    emit({ type: "warning", message: `${doing}: ${messageOf(error)}; the next round tries again` });
  }
}

function tellOf({ emit, mesh }: Run, { method }: Training, round: number, { remarks, skipped }: Trained): void {
  for (const { peer, message, isOffence } of remarks) {
    emit({ type: "warning", message: `${peer}: ${message}` });
    if (isOffence) mesh.blame(peer, message);
  }
  const where = method ? `${nameOf({ method })}, round ${round}` : `round ${round}`;
  if (skipped > 0) emit({ type: "warning", message: `${where}: ${skipped} step(s) skipped` });
}

/** Whether everybody who is there has said how far they are: before that, a new peer does not know if it comes late. */
function knowsEverybody(mesh: Mesh): boolean {
  const heads = mesh.heads();
  return believed(mesh).every(({ peer, admitted }) => !admitted || heads.has(peer));
}

/** Releases what the site's policy lets through. @returns how many features. */
async function releaseFeatures(
  { mesh, policy, emit }: Run,
  round: number,
  features: RoundResult["release"],
): Promise<number> {
  const { release, warnings } = await policy.apply({ round, ...features });
  for (const message of warnings) emit({ type: "warning", message });
  if (release) await mesh.features.release(release);
  return release?.partitions.length ?? 0;
}

/**
 * Ends the averaging of a round, makes its weights the trainer's, and returns how they do. What the report says of the
 * round is written before, so that a kill after its checkpoint leaves no gap: the next life tells of it. What comes after
 * none is left out.
 */
async function adopt(
  run: Run,
  training: Training,
  round: number,
  neighbour: Neighbour | undefined,
  done: DoneRound,
): Promise<RepresentationHealth | null> {
  const { mesh, emit, signal } = run;
  const { before, weights, method } = training;
  await noteRound(run, training, { ...done, health: null });
  // a failure is told of when the round has ended, and it is written again
  await run.saveHistory({ round, ...(method && { method }) }).catch(() => {});
  // before the checkpoint that holds it, and before it is announced
  const audit = await attempt(run, "flushing the audit log", () => run.audit.anchor());
  const adoption = {
    ...await weights.finish(before + round),
    ...(neighbour && { optimiser: neighbour.optimiser }),
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
async function endRound(
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
