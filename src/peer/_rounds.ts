/**
 * The rounds of a training that sites do together: train, release features, exchange weights, adopt the result,
 * announce it.
 *
 * A run does several such trainings one after another; their rounds are counted through, so that everybody's
 * announcements and steps of averaging say how far in the run they are.
 *
 * @module
 */
import { attempt } from "./_attempt.ts";
import { Course } from "./_course.ts";
import { gather } from "./_gathering.ts";
import { awaitTaught } from "./_neighbours.ts";
import { rollBack, trainRound } from "./_roll_back.ts";
import { endRound } from "./_round_ends.ts";
import { average, contribute, releaseFeatures } from "./_round_sharing.ts";
import { cutShort, nameOf, type Run, type Trained, type Training } from "./_run.ts";

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
  const { rounds } = training;
  const begun = await begin(run, training);
  if (begun === undefined) return false;
  let done = begun;
  const course = new Course(run, training);
  let rollBacks = MOST_ROLL_BACKS;
  while (done < rounds) {
    if (done > 0 && training.hasTime?.() === false) {
      cutShort(run, `${nameOf(training)} after round ${done} of ${rounds}`);
      break;
    }
    const startedAt = performance.now();
    const round = done + 1;
    const outcome = await trainRound(run, training, round);
    const back = outcome.isSpoilt && rollBacks > 0 ? await rollBack(run, training, round) : undefined;
    if (back !== undefined) {
      rollBacks--;
      done = back;
      continue;
    }
    if ("error" in outcome) throw outcome.error;
    tellOf(run, training, round, outcome.trained);
    done = await share(run, training, course, { round, trained: outcome.trained, startedAt });
  }
  return true;
}

/** Says how far this site is, or waits for the others. @returns the rounds that are done; undefined: there is nobody to join. */
async function begin(run: Run, training: Training): Promise<number | undefined> {
  const { mesh, metrics } = run;
  const { before, done, joinsAfter } = training;
  if (done > 0) await attempt(run, "announcing a head", () => mesh.announceHead({ round: before + done, metrics }));
  else if (joinsAfter !== undefined) return await join(run, training, joinsAfter);
  else if (before > 0) await gather(run, training);
  return done;
}

/** Goes on from what the others have come to after `joinsAfter` rounds or more. @returns the round; undefined: nobody has */
async function join(run: Run, training: Training, joinsAfter: number): Promise<number | undefined> {
  const { before, rounds, weights } = training;
  const startedAt = performance.now();
  const state = await awaitTaught(run, training, joinsAfter);
  if (!state) return undefined;
  const round = Math.min(state.round - before, rounds);
  weights.replace(state.vector, before + round);
  await endRound(run, training, { round, trained: NOTHING_TRAINED, partners: [], startedAt }, state);
  return round;
}

/** Shares what was trained in a round with the others, and ends it. @returns the round that it has come to. */
async function share(
  run: Run,
  training: Training,
  course: Course,
  { round: own, trained, startedAt }: { round: number; trained: Trained; startedAt: number },
): Promise<number> {
  const { round, state, alone } = await course.turn(own);
  const { vector, release } = trained;
  if (!state) await contribute(run, training, { round, vector, share: alone === undefined });
  const released = release
    ? await attempt(run, "releasing features", () => releaseFeatures(run, round, release)) ?? 0
    : undefined;
  // whoever waited for it would wait for a whole round, or for ever after the last
  if (alone !== undefined) run.mesh.averaging.sitOut();
  const averaged = alone === undefined ? await average(run, training, round) : { partners: [], alone };
  if (averaged.partners.length > 0) course.mixed();
  await endRound(run, training, { round, trained, ...averaged, released, startedAt }, state);
  return round;
}

/** Tells what was remarkable in the training of a round. */
function tellOf({ emit, mesh }: Run, { method }: Training, round: number, { remarks, skipped }: Trained): void {
  for (const { peer, message, isOffence } of remarks) {
    emit({ type: "warning", message: `${peer}: ${message}` });
    if (isOffence) mesh.blame(peer, message);
  }
  const where = method ? `${nameOf({ method })}, round ${round}` : `round ${round}`;
  if (skipped > 0) emit({ type: "warning", message: `${where}: ${skipped} step(s) skipped` });
}
