/**
 * One peer, from start to report: trains in a Worker, averages and exchanges over the mesh, fine-tunes, tests, reports.
 *
 * A round is: train locally, release features, exchange weights with members that are there, adopt the average,
 * checkpoint. Nobody waits for anybody: with no member in reach the peer trains on alone.
 *
 * @example
 * ```ts
 * const report = await runPeer(await readConfiguration("site.json"), { emit: console.log });
 * ```
 *
 * @module
 */
import { join } from "@std/path";
import * as Comlink from "comlink";
import { messageOf, UserError } from "../core/errors.ts";
import { writeAtomically } from "../core/files.ts";
import { Mesh } from "../mesh/mod.ts";
import { AuditLog } from "./audit_log.ts";
import { readMembership } from "./_membership.ts";
import { sharedSettings } from "./_shared_settings.ts";
import type { PeerConfiguration } from "./configuration.ts";
import type { Method, PeerEventBody } from "./events.ts";
import { continueHistory, type History, readHistory, writeHistory } from "./history.ts";
import { PeakMemory } from "./peak_memory.ts";
import { siteToJson } from "./report/json.ts";
import type { CaseDice, SiteReport, SiteRound } from "./report/schema.ts";
import type { MethodResult, StageProgress, TrainerApi, TrainerOpened } from "./trainer_api.ts";

/** How a caller follows and ends a run. */
export interface RunPeerOptions {
  /** Called with everything that happens; the peer's name and the time are added by the caller. */
  emit: (event: PeerEventBody) => void;
  /** Ends the run after the current step; the last round's checkpoint stays. */
  signal?: AbortSignal;
  /** The Worker that trains: a module that exposes a {@linkcode TrainerApi}. @default trainer_worker.ts */
  trainerWorker?: URL;
  /**
   * Leave the Worker to the end of the process, which the caller brings about at once. A thread that has asked for a graphics
   * adapter and ends in the same moment as the process can crash it: seen with Deno 2.9.6 and Mesa, once in 25 runs. @default false
   */
  leaveWorker?: boolean;
}

async function makeDirectories(configuration: PeerConfiguration): Promise<void> {
  for (const field of ["stateDirectory", "outputDirectory"] as const) {
    const directory = configuration[field];
    try {
      await Deno.mkdir(directory, { recursive: true });
      const probe = await Deno.makeTempFile({ dir: directory, prefix: ".writable-" });
      await Deno.remove(probe);
    } catch (cause) {
      throw new UserError(`starting the peer: "${field}" must be writable; ${messageOf(cause)}`, {
        where: directory,
        cause,
      });
    }
  }
}

/** Passes on what the mesh tells. */
async function forwardMeshEvents(mesh: Mesh, emit: RunPeerOptions["emit"]): Promise<void> {
  for await (const event of mesh.events.subscribe()) {
    if (event.type === "peer-joined") emit({ type: "member", remote: event.peer, state: "joined" });
    else if (event.type === "peer-left") emit({ type: "member", remote: event.peer, state: "left" });
    else if (event.type === "peer-refused") {
      emit({ type: "member", remote: event.peer, state: "refused", reason: event.reason });
    } else if (event.type === "charter") {
      const changes = Object.entries({ added: event.added, removed: event.removed })
        .flatMap(([what, peers]) => peers.length > 0 ? [`, ${what} ${peers.join(", ")}`] : []);
      emit({ type: "warning", message: `version ${event.version} of the charter is in force${changes.join("")}` });
    } else if (event.type === "warning" || event.type === "charter-fork") {
      emit({ type: "warning", message: event.peer ? `${event.peer}: ${event.message}` : event.message });
    }
  }
}

/** Rejects with the signal's reason as soon as it is aborted; the abandoned work is ended by its owner. */
function abortable<T>(work: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (!signal) return work;
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  return Promise.race([work, aborted]).finally(() => signal.removeEventListener("abort", onAbort));
}

/** Averages with up to `count` members that are there; returns their peer ids. */
async function exchangeWeights(mesh: Mesh, count: number, signal?: AbortSignal): Promise<string[]> {
  const partners: string[] = [];
  while (partners.length < count) {
    const outcome = await mesh.averaging.exchange({ signal, exclude: partners });
    if ("skipped" in outcome) break;
    partners.push(outcome.partner);
  }
  return partners;
}

/** Whether a member is ahead by more than a round: a fresh peer's untrained weights would only hold it back. */
function isBehind(mesh: Mesh, round: number): boolean {
  return [...mesh.heads().values()].some((head) => head.round > round + 1);
}

/** The state of a member that is further on, which becomes this peer's own; undefined where nobody can give it now. */
async function takeNeighbourState(
  { mesh, signal }: Run,
  { layoutDigest, layout: tensors, vector, cases }: TrainerOpened,
  round: number,
): Promise<{ vector: Float32Array; round: number } | undefined> {
  const state = await mesh.averaging.fetch(layoutDigest, vector.length, signal);
  if (!state || state.round <= round) return undefined;
  const { round: reached } = state;
  mesh.averaging.initialise(state.vector, { layout: layoutDigest, tensors, mass: cases.training, round: reached });
  return state;
}

/** Whether everybody who is there has said how far they are: before that, a new peer does not know if it comes late. */
function knowsEverybody(mesh: Mesh): boolean {
  const heads = mesh.heads();
  return mesh.members().every(({ peer, admitted }) => !admitted || heads.has(peer));
}

/** All rounds that are still to do; the history on disk is kept up to date. */
async function pretrain(run: Run, opened: TrainerOpened, history: () => History): Promise<void> {
  const { configuration, emit, signal, trainer, mesh, rounds: lines } = run;
  const { rounds, exchanges } = configuration.schedule;
  let before = opened.vector;
  let isNew = opened.round === 0;
  for (let round = opened.round + 1; round <= rounds; round++) {
    const startedAt = performance.now();
    const trained = await abortable(trainer.round(round, mesh.features.remote(), run.onProgress), signal);
    for (const { peer, reason } of trained.refused) {
      emit({ type: "warning", message: `refused the features of ${peer}: ${reason}` });
    }
    if (trained.skipped > 0) emit({ type: "warning", message: `round ${round}: ${trained.skipped} step(s) skipped` });
    const isLate = isNew && isBehind(mesh, round);
    const neighbour = isLate ? await takeNeighbourState(run, opened, round) : undefined;
    if (neighbour) {
      round = Math.min(neighbour.round, rounds);
      emit({ type: "warning", message: `came late: goes on from a member's weights of round ${neighbour.round}` });
    } else mesh.averaging.contribute(trained.vector.map((value, i) => value - before[i]), round);
    await mesh.features.release({ round, ...trained.release });
    const isReady = !isNew || (isLate ? neighbour !== undefined : knowsEverybody(mesh));
    const partners = isReady ? await exchangeWeights(mesh, exchanges, signal) : [];
    isNew &&= partners.length === 0 && !neighbour;
    before = mesh.averaging.snapshot().vector;
    const health = await abortable(trainer.adopt(round, before), signal);
    await mesh.announceHead({ round });
    const distance = mesh.consensus();
    const line = {
      round,
      loss: Number.isFinite(trained.loss) ? trained.loss : null,
      health,
      partners,
      consensus: Number.isFinite(distance) ? distance : undefined,
    };
    lines.push({ ...line, seconds: (performance.now() - startedAt) / 1000 });
    await writeHistory(configuration.stateDirectory, history());
    emit({ type: "round", rounds, ...line });
    if (health?.collapsed && !lines.at(-2)?.health?.collapsed) {
      const { meanCosine, effectiveRank } = health;
      const figures = `mean cosine ${meanCosine.toFixed(3)}, effective rank ${effectiveRank.toFixed(1)}`;
      emit({ type: "warning", message: `collapse: the encoder sends everything to nearly one point (${figures})` });
    }
  }
}

/** Fine-tunes and tests both methods, from the same number of steps. */
async function segment({ trainer, emit, signal, onProgress }: Run): Promise<Record<Method, MethodResult>> {
  const results = {} as Record<Method, MethodResult>;
  for (const method of ["fcl", "scratch"] as const) {
    const onDice = Comlink.proxy((dice: CaseDice) => emit({ type: "dice", ...dice }));
    results[method] = await abortable(trainer.segment(method, onProgress, onDice), signal);
  }
  return results;
}

/** What the stages of one run share. */
interface Run extends RunPeerOptions {
  configuration: PeerConfiguration;
  trainer: Comlink.Remote<TrainerApi>;
  mesh: Mesh;
  onProgress: (progress: StageProgress) => void;
  /** The rounds of this life, as the report has them. */
  rounds: SiteRound[];
}

/**
 * Runs one peer to its end and returns what it reports; the same is written to the output directory.
 *
 * @throws {UserError} for anything in configuration or data that the user can mend.
 */
export async function runPeer(configuration: PeerConfiguration, options: RunPeerOptions): Promise<SiteReport> {
  const { emit, signal, leaveWorker = false } = options;
  const { trainerWorker = new URL("./trainer_worker.ts", import.meta.url) } = options;
  const startedAt = performance.now();
  await makeDirectories(configuration);
  const memory = new PeakMemory();
  const audit = new AuditLog(join(configuration.stateDirectory, "audit.jsonl"));
  const worker = new Worker(trainerWorker, { type: "module" });
  let mesh: Mesh | undefined;
  try {
    await memory.start();
    await audit.open();
    const trainer = Comlink.wrap<TrainerApi>(worker);
    const { identity, ...membership } = await readMembership(configuration);
    const warn = (message: string) => emit({ type: "warning", message });
    const opened = await abortable(trainer.open(configuration, Comlink.proxy(warn)), signal);
    opened.warnings.forEach(warn);
    mesh = new Mesh({
      ...configuration.mesh,
      ...membership,
      identity,
      settings: sharedSettings(configuration, opened.layoutDigest),
      stateDirectory: configuration.stateDirectory,
      seed: configuration.seed,
      audit: (record) => audit.append(record),
    });
    const forwarded = forwardMeshEvents(mesh, emit);
    const { engine, cases, layoutDigest, layout: tensors, vector, round } = opened;
    mesh.averaging.initialise(vector, { layout: layoutDigest, tensors, mass: cases.training, round });
    await mesh.start(signal);
    emit({ type: "started", peerId: identity.peerId, engine, cases, resumedFrom: round || undefined });

    const onProgress = Comlink.proxy((progress: StageProgress) => emit({ type: "progress", ...progress }));
    const rounds: SiteRound[] = [];
    const run: Run = { configuration, emit, signal, trainer, mesh, onProgress, rounds };
    const elapsed = () => (performance.now() - startedAt) / 1000;
    const earlier = await readHistory(configuration.stateDirectory, round, warn);
    const bytes = mesh.bytes.bind(mesh);
    const history = () => continueHistory(earlier, { rounds, seconds: elapsed(), bytes: bytes() });
    await pretrain(run, opened, history);
    const results = await segment(run);
    const seconds = elapsed();
    const report: SiteReport = {
      name: configuration.name,
      peerId: identity.peerId,
      engine: await trainer.engine(),
      cases,
      ...history(),
      peakRssBytes: memory.bytes,
      fineTune: { fcl: results.fcl.losses, scratch: results.scratch.losses },
      dice: [...results.fcl.dice, ...results.scratch.dice],
      previews: await trainer.previews(),
    };
    await writeAtomically(join(configuration.outputDirectory, "site.json"), siteToJson(report));
    emit({ type: "finished", seconds });
    await mesh.stop();
    await forwarded;
    return report;
  } finally {
    if (!leaveWorker) worker.terminate();
    await mesh?.stop();
    await audit.close();
    await memory.stop();
  }
}
