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
import { loadIdentity, Mesh } from "../mesh/mod.ts";
import { AuditLog } from "./audit_log.ts";
import type { PeerConfiguration } from "./configuration.ts";
import type { Method, PeerEventBody } from "./events.ts";
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

/** The settings that two peers must share before they average; each is named when it differs. */
function sharedSettings(configuration: PeerConfiguration, layoutDigest: string): Record<string, string> {
  const shared: Record<string, string> = {};
  const add = (name: string, value: unknown) => {
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      for (const [key, part] of Object.entries(value)) add(`${name}.${key}`, part);
    } else if (value !== undefined) {
      shared[name] = typeof value === "string" ? value : JSON.stringify(value);
    }
  };
  add("seed", configuration.seed);
  add("network", configuration.network);
  add("pretrain", configuration.pretrain);
  add("data.spacing", configuration.data.spacing);
  add("layout", layoutDigest);
  return shared;
}

/** Passes on what the mesh tells. */
async function forwardMeshEvents(mesh: Mesh, emit: RunPeerOptions["emit"]): Promise<void> {
  for await (const event of mesh.events.subscribe()) {
    if (event.type === "peer-joined") emit({ type: "member", remote: event.peer, state: "joined" });
    else if (event.type === "peer-left") emit({ type: "member", remote: event.peer, state: "left" });
    else if (event.type === "peer-refused") {
      emit({ type: "member", remote: event.peer, state: "refused", reason: event.reason });
    } else if (event.type === "warning") emit({ type: "warning", message: event.message });
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
    const outcome = await mesh.averaging.exchange(signal);
    if ("skipped" in outcome) break;
    partners.push(outcome.partner);
  }
  return partners;
}

/** All rounds from the one after `opened.round`; returns one line a round for the report. */
async function pretrain(run: Run, opened: TrainerOpened): Promise<SiteRound[]> {
  const { configuration, emit, signal, trainer, mesh } = run;
  const { rounds, exchanges } = configuration.schedule;
  const lines: SiteRound[] = [];
  let before = opened.vector;
  for (let round = opened.round + 1; round <= rounds; round++) {
    const startedAt = performance.now();
    const remote = mesh.features.remote();
    const trained = await abortable(trainer.round(round, remote, run.onProgress), signal);
    for (const { peer, reason } of trained.refused) {
      emit({ type: "warning", message: `refused the features of ${peer}: ${reason}` });
    }
    if (trained.skipped > 0) emit({ type: "warning", message: `round ${round}: ${trained.skipped} step(s) skipped` });
    mesh.averaging.contribute(trained.vector.map((value, i) => value - before[i]), round);
    await mesh.features.release({ round, ...trained.release });
    const partners = await exchangeWeights(mesh, exchanges, signal);
    before = mesh.averaging.snapshot().vector;
    const health = await abortable(trainer.adopt(round, before), signal);
    await mesh.announceHead({ round });
    const distance = mesh.consensus();
    const consensus = Number.isFinite(distance) ? distance : undefined;
    const line = { round, loss: trained.loss, health, partners, consensus };
    lines.push({ ...line, seconds: (performance.now() - startedAt) / 1000 });
    emit({ type: "round", rounds, ...line });
    if (health?.collapsed) {
      emit({
        type: "warning",
        message: `the representation has collapsed (mean cosine ${health.meanCosine.toFixed(3)})`,
      });
    }
  }
  return lines;
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
}

/**
 * Runs one peer to its end and returns what it reports; the same is written to the output directory.
 *
 * @throws {UserError} for anything in configuration or data that the user can mend.
 */
export async function runPeer(configuration: PeerConfiguration, options: RunPeerOptions): Promise<SiteReport> {
  const { emit, signal } = options;
  const startedAt = performance.now();
  await makeDirectories(configuration);
  const memory = new PeakMemory();
  const audit = new AuditLog(join(configuration.stateDirectory, "audit.jsonl"));
  const worker = new Worker(new URL("./trainer_worker.ts", import.meta.url), { type: "module" });
  let mesh: Mesh | undefined;
  try {
    await memory.start();
    await audit.open();
    const trainer = Comlink.wrap<TrainerApi>(worker);
    const identity = await loadIdentity(configuration.stateDirectory);
    const opened = await abortable(trainer.open(configuration), signal);
    for (const message of opened.warnings) emit({ type: "warning", message });
    mesh = new Mesh({
      ...configuration.mesh,
      identity,
      settings: sharedSettings(configuration, opened.layoutDigest),
      stateDirectory: configuration.stateDirectory,
      seed: configuration.seed,
      audit: (record) => audit.append(record),
    });
    const forwarded = forwardMeshEvents(mesh, emit);
    const { engine, cases, layoutDigest, vector, round } = opened;
    mesh.averaging.initialise(vector, layoutDigest, cases.training, round);
    await mesh.start(signal);
    emit({ type: "started", peerId: identity.peerId, engine, cases, resumedFrom: round || undefined });

    const onProgress = Comlink.proxy((progress: StageProgress) => emit({ type: "progress", ...progress }));
    const run: Run = { configuration, emit, signal, trainer, mesh, onProgress };
    const rounds = await pretrain(run, opened);
    const results = await segment(run);
    const seconds = (performance.now() - startedAt) / 1000;
    const report: SiteReport = {
      name: configuration.name,
      peerId: identity.peerId,
      engine,
      cases,
      seconds,
      peakRssBytes: memory.bytes,
      bytes: mesh.bytes(),
      rounds,
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
    worker.terminate();
    await mesh?.stop();
    await audit.close();
    await memory.stop();
  }
}
