/** The rounds of pre-training: train, release features, exchange weights, adopt the result, announce it. */
import type * as Comlink from "comlink";
import { messageOf } from "../core/errors.ts";
import type { Mesh } from "../mesh/mesh.ts";
import { abortable } from "./_abortable.ts";
import type { SharedWeights } from "./_shared_weights.ts";
import type { PeerConfiguration } from "./configuration.ts";
import type { PeerEventBody, RepresentationHealth } from "./events.ts";
import type { ReleasePolicy } from "./policy/release_policy.ts";
import type { SiteRound } from "./report/schema.ts";
import type { Adopted, RoundResult, StageProgress, TrainerApi } from "./trainer_api.ts";

/** What the stages of one run share. */
export interface Run {
  configuration: PeerConfiguration;
  emit: (event: PeerEventBody) => void;
  signal?: AbortSignal;
  trainer: Comlink.Remote<TrainerApi>;
  mesh: Mesh;
  weights: SharedWeights;
  policy: ReleasePolicy;
  onProgress: (progress: StageProgress) => void;
  /** The rounds of this life, as the report has them. */
  rounds: SiteRound[];
  /** Puts the history on the disk. */
  saveHistory: () => Promise<void>;
}

/** A member's state that a late peer goes on from. */
type Neighbour = NonNullable<Awaited<ReturnType<Mesh["averaging"]["fetch"]>>>;

/** Does all rounds after `done`; what fails for a while costs warnings, never the run. */
export async function pretrain(run: Run, { done, layout, values }: { done: number; layout: string; values: number }) {
  const { configuration: { schedule: { rounds, exchanges } }, emit, signal, trainer, mesh, weights } = run;
  let isNew = done === 0;
  for (let round = done + 1; round <= rounds; round++) {
    const startedAt = performance.now();
    const trained = await abortable(trainer.round(round, mesh.features.remote(), run.onProgress), signal);
    tellOf(run, round, trained);
    const isLate = isNew && isBehind(mesh, round);
    const neighbour = isLate
      ? await attempt(run, "taking a state", () => takeNeighbour(run, { layout, values, round }))
      : undefined;
    if (neighbour) {
      round = Math.min(neighbour.round, rounds);
      weights.replace(neighbour.vector, round);
      emit({ type: "warning", message: `came late: goes on from a member's weights of round ${neighbour.round}` });
    }
    const isReady = !isNew || (isLate ? neighbour !== undefined : knowsEverybody(mesh));
    if (!neighbour) weights.contribute(trained.vector, round, { share: isReady });
    await attempt(run, "releasing features", () => release(run, round, trained));
    const partners: string[] = [];
    for (let k = 0; isReady && k < exchanges; k++) {
      const step = { step: (round - 1) * exchanges + k, steps: rounds * exchanges, signal };
      const mixed = await attempt(run, "averaging", () => mesh.averaging.mix(step));
      partners.push(...(mixed?.partners ?? []).filter((peer) => !partners.includes(peer)));
    }
    isNew &&= partners.length === 0 && !neighbour;
    const adopted = await adopt(run, round, neighbour);
    await attempt(run, "announcing a head", () => mesh.announceHead({ round }));
    await endRound(run, { round, trained, adopted, partners, startedAt });
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

function tellOf({ emit }: Run, round: number, { remarks, skipped }: RoundResult): void {
  for (const { peer, message } of remarks) emit({ type: "warning", message: `${peer}: ${message}` });
  if (skipped > 0) emit({ type: "warning", message: `round ${round}: ${skipped} step(s) skipped` });
}

/** Whether a member is ahead by more than a round: a fresh peer's untrained weights would only hold it back. */
function isBehind(mesh: Mesh, round: number): boolean {
  return [...mesh.heads().values()].some((head) => head.round > round + 1);
}

/** Whether everybody who is there has said how far they are: before that, a new peer does not know if it comes late. */
function knowsEverybody(mesh: Mesh): boolean {
  const heads = mesh.heads();
  return mesh.members().every(({ peer, admitted }) => !admitted || heads.has(peer));
}

/** The state of a member that is further on; undefined where nobody can give it now. */
async function takeNeighbour(
  { mesh, signal }: Run,
  { layout, values, round }: { layout: string; values: number; round: number },
): Promise<Neighbour | undefined> {
  const state = await mesh.averaging.fetch(layout, values, signal);
  return state && state.round > round ? state : undefined;
}

/** Releases what the site's policy lets through. */
async function release({ mesh, policy, emit }: Run, round: number, trained: RoundResult): Promise<void> {
  const { release, warnings } = await policy.apply({ round, ...trained.release });
  for (const message of warnings) emit({ type: "warning", message });
  if (release) await mesh.features.release(release);
}

/** Ends the averaging of a round, and makes its weights the trainer's. */
async function adopt(run: Run, round: number, neighbour: Neighbour | undefined): Promise<Adopted> {
  const { trainer, weights, mesh, emit, signal } = run;
  const adoption = { ...weights.finish(round), ...(neighbour && { optimiser: neighbour.optimiser }) };
  const adopted = await abortable(trainer.adopt(round, adoption), signal);
  const warnings = [...adopted.warnings];
  if (adopted.momentum && !weights.resumeMomentum(adopted.momentum)) {
    warnings.push("the outer momentum that came with a member's weights does not fit, and begins anew");
  }
  for (const message of warnings) emit({ type: "warning", message });
  mesh.averaging.serveOptimiser(() => adopted.optimiser);
  return adopted;
}

/** Writes down what a round came to, and tells of it. */
async function endRound(
  run: Run,
  { round, trained, adopted: { health }, partners, startedAt }: {
    round: number;
    trained: RoundResult;
    adopted: Adopted;
    partners: string[];
    startedAt: number;
  },
): Promise<void> {
  const { configuration: { schedule: { rounds } }, emit, mesh, rounds: lines } = run;
  const distance = mesh.consensus();
  const line = {
    round,
    loss: Number.isFinite(trained.loss) ? trained.loss : null,
    health,
    partners,
    consensus: Number.isFinite(distance) ? distance : undefined,
  };
  lines.push({ ...line, seconds: (performance.now() - startedAt) / 1000 });
  await attempt(run, "writing the history for the report", run.saveHistory);
  emit({ type: "round", rounds, ...line });
  const warning = collapseWarning(health, lines.at(-2)?.health);
  if (warning) emit({ type: "warning", message: warning });
}

/** Said once, when the representation collapses. */
function collapseWarning(now: RepresentationHealth | null, before: RepresentationHealth | null = null) {
  if (!now?.collapsed || before?.collapsed) return undefined;
  const figures = `mean cosine ${now.meanCosine.toFixed(3)}, effective rank ${now.effectiveRank.toFixed(1)}`;
  return `collapse: the encoder sends everything to nearly one point (${figures})`;
}
