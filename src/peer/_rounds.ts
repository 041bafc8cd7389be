/**
 * The rounds of a training that sites do together: train, release features, exchange weights, adopt the result,
 * announce it.
 *
 * A run does several such trainings one after another; their rounds are counted through, so that everybody's
 * announcements and steps of averaging say how far in the run they are.
 *
 * @module
 */
import type * as Comlink from "comlink";
import { raceAbort, sleep } from "../core/deadline.ts";
import { messageOf } from "../core/errors.ts";
import type { Mesh } from "../mesh/mesh.ts";
import type { AuditLog } from "./audit/audit_log.ts";
import type { SharedWeights } from "./_shared_weights.ts";
import type { PeerConfiguration } from "./configuration.ts";
import type { Method, PeerEventBody, RepresentationHealth } from "./events.ts";
import type { ReleasePolicy } from "./policy/release_policy.ts";
import type { FineTuneRound, SiteRound } from "./report/schema.ts";
import type { Adopted, Adoption, RoundResult, StageProgress, TrainerApi } from "./trainer_api.ts";

/** What the stages of one run share. */
export interface Run {
  configuration: PeerConfiguration;
  emit: (event: PeerEventBody) => void;
  signal?: AbortSignal;
  trainer: Comlink.Remote<TrainerApi>;
  mesh: Mesh;
  policy: ReleasePolicy;
  audit: Pick<AuditLog, "anchor">;
  onProgress: (progress: StageProgress) => void;
  /** Rounds of all trainings that are done together. */
  total: number;
  /** The rounds of pre-training of this life, as the report has them. */
  rounds: SiteRound[];
  /** Those of fine-tuning. */
  fineTuneRounds: FineTuneRound[];
  /** Puts the history on the disk. */
  saveHistory: () => Promise<void>;
}

/** What training has made in a round. */
export type Trained = Omit<RoundResult, "release"> & Partial<Pick<RoundResult, "release">>;

/** One training of the run. */
export interface Training {
  /** What is fine-tuned; undefined: pre-training. */
  method?: Method;
  /** Rounds of the run before its first. */
  before: number;
  /** Its own; all of the following count from 1 in it. */
  rounds: number;
  /** Those that an earlier life has done. */
  done: number;
  layoutDigest: string;
  /** Of the averaged vector. */
  values: number;
  weights: SharedWeights;
  train(round: number): Promise<Trained>;
  adopt(round: number, adoption: Adoption): Promise<Omit<Adopted, "optimiser"> & Partial<Pick<Adopted, "optimiser">>>;
}

/** A member's state that a late peer goes on from. */
type Neighbour = NonNullable<Awaited<ReturnType<Mesh["averaging"]["fetch"]>>>;

/** How often it is looked whether the others have come to a training, in milliseconds. */
const GATHERING_INTERVAL = 100;

/** Does all rounds that are left; what fails for a while costs warnings, never the run. */
export async function trainTogether(run: Run, training: Training): Promise<void> {
  const { configuration: { schedule: { exchanges } }, emit, signal, mesh, total } = run;
  const { before, rounds, done, weights } = training;
  let isNew = done === 0;
  if (!isNew) await attempt(run, "announcing a head", () => mesh.announceHead({ round: before + done }));
  else if (before > 0) await gather(run, training);
  for (let round = done + 1; round <= rounds; round++) {
    const startedAt = performance.now();
    const trained = await raceAbort(training.train(round), signal);
    tellOf(run, training, round, trained);
    const isLate = isNew && isBehind(mesh, training, round);
    const neighbour = isLate
      ? await attempt(run, "taking a state", () => takeNeighbour(run, training, round))
      : undefined;
    if (neighbour) {
      round = Math.min(neighbour.round - before, rounds);
      weights.replace(neighbour.vector, before + round);
      emit({ type: "warning", message: `came late: goes on from a member's weights of round ${round}` });
    }
    const isReady = !isNew || (isLate ? neighbour !== undefined : knowsEverybody(mesh));
    if (!neighbour) weights.contribute(trained.vector, before + round, { share: isReady });
    const { release } = trained;
    if (release) await attempt(run, "releasing features", () => releaseFeatures(run, round, release));
    const partners: string[] = [];
    for (let k = 0; isReady && k < exchanges; k++) {
      const step = { step: (before + round - 1) * exchanges + k, steps: total * exchanges, signal };
      const mixed = await attempt(run, "averaging", () => mesh.averaging.step(step));
      partners.push(...(mixed?.partners ?? []).filter((peer) => !partners.includes(peer)));
    }
    isNew &&= partners.length === 0 && !neighbour;
    const health = await adopt(run, training, round, neighbour);
    await attempt(run, "announcing a head", () => mesh.announceHead({ round: before + round }));
    await endRound(run, training, { round, trained, health, partners, startedAt });
  }
}

/**
 * Waits for those who are still in the training before: until its first round ends, this peer averages the weights of
 * that one with them.
 */
async function gather(run: Run, { before, rounds, method }: Training): Promise<void> {
  const { mesh, emit } = run;
  await waitForOthers(run, before);
  const present = mesh.members().filter(({ admitted }) => admitted);
  const isMissed = present.length > 0 &&
    present.every(({ peer }) => (mesh.heads().get(peer)?.round ?? 0) > before + rounds);
  if (isMissed) {
    const message =
      `came late: the members that are there have done the fine-tuning (${method}), it is done without them`;
    emit({ type: "warning", message });
  }
}

/**
 * Waits until all members that are there have done so many rounds of the run, but not for longer than the patience:
 * until then they may still average with this peer.
 */
export async function waitForOthers({ mesh, signal, configuration }: Run, rounds: number): Promise<void> {
  const until = performance.now() + configuration.mesh.patience;
  const isThere = () => {
    const heads = mesh.heads();
    return mesh.members().every(({ peer, admitted }) => !admitted || (heads.get(peer)?.round ?? 0) >= rounds);
  };
  while (!isThere() && performance.now() < until) {
    await sleep(GATHERING_INTERVAL, signal);
  }
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

function tellOf({ emit }: Run, { method }: Training, round: number, { remarks, skipped }: Trained): void {
  for (const { peer, message } of remarks) emit({ type: "warning", message: `${peer}: ${message}` });
  const where = method ? `fine-tuning (${method}), round ${round}` : `round ${round}`;
  if (skipped > 0) emit({ type: "warning", message: `${where}: ${skipped} step(s) skipped` });
}

/** Whether a member is ahead by more than a round: a fresh peer's untrained weights would only hold it back. */
function isBehind(mesh: Mesh, { before, layoutDigest }: Training, round: number): boolean {
  const heads = [...mesh.heads().values()].filter(({ layout }) => layout === undefined || layout === layoutDigest);
  return heads.some((head) => head.round > before + round + 1);
}

/** Whether everybody who is there has said how far they are: before that, a new peer does not know if it comes late. */
function knowsEverybody(mesh: Mesh): boolean {
  const heads = mesh.heads();
  return mesh.members().every(({ peer, admitted }) => !admitted || heads.has(peer));
}

/** The state of a member that is further on; undefined where nobody can give it now. */
async function takeNeighbour(
  { mesh, signal }: Run,
  { before, layoutDigest, values }: Training,
  round: number,
): Promise<Neighbour | undefined> {
  const state = await mesh.averaging.fetch(layoutDigest, values, signal);
  return state && state.round > before + round ? state : undefined;
}

/** Releases what the site's policy lets through. */
async function releaseFeatures(
  { mesh, policy, emit }: Run,
  round: number,
  features: RoundResult["release"],
): Promise<void> {
  const { release, warnings } = await policy.apply({ round, ...features });
  for (const message of warnings) emit({ type: "warning", message });
  if (release) await mesh.features.release(release);
}

/** Ends the averaging of a round, makes its weights the trainer's, and returns how they do. */
async function adopt(
  run: Run,
  training: Training,
  round: number,
  neighbour: Neighbour | undefined,
): Promise<RepresentationHealth | null> {
  const { mesh, emit, signal } = run;
  const { before, weights } = training;
  // before the checkpoint that holds it, and before it is announced
  const audit = await attempt(run, "flushing the audit log", () => run.audit.anchor());
  const adoption = { ...weights.finish(before + round), ...(neighbour && { optimiser: neighbour.optimiser }), audit };
  const { health, optimiser, momentum, warnings } = await raceAbort(training.adopt(round, adoption), signal);
  for (const message of warnings) emit({ type: "warning", message });
  if (momentum && !weights.resumeMomentum(momentum)) {
    const message = "the outer momentum that came with a member's weights does not fit, and begins anew";
    emit({ type: "warning", message });
  }
  mesh.averaging.serveOptimiser(() => optimiser);
  return health;
}

/** Writes down what a round came to, and tells of it. */
async function endRound(
  run: Run,
  { method, rounds }: Training,
  { round, trained, health, partners, startedAt }: {
    round: number;
    trained: Trained;
    health: RepresentationHealth | null;
    partners: string[];
    startedAt: number;
  },
): Promise<void> {
  const { emit, mesh } = run;
  const distance = mesh.consensus();
  const line = {
    round,
    loss: Number.isFinite(trained.loss) ? trained.loss : null,
    partners,
    consensus: Number.isFinite(distance) ? distance : undefined,
  };
  const seconds = (performance.now() - startedAt) / 1000;
  const before = run.rounds.at(-1)?.health;
  if (method) run.fineTuneRounds.push({ ...line, seconds, method });
  else run.rounds.push({ ...line, seconds, health });
  await attempt(run, "writing the history for the report", run.saveHistory);
  emit({ type: "round", rounds, health, ...line, ...(method && { method }) });
  const warning = collapseWarning(health, before);
  if (warning) emit({ type: "warning", message: warning });
}

/** Said once, when the representation collapses. */
function collapseWarning(now: RepresentationHealth | null, before: RepresentationHealth | null = null) {
  if (!now?.collapsed || before?.collapsed) return undefined;
  const figures = `mean cosine ${now.meanCosine.toFixed(3)}, effective rank ${now.effectiveRank.toFixed(1)}`;
  return `collapse: the encoder sends everything to nearly one point (${figures})`;
}
