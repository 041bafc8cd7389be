/**
 * One peer, from start to report: trains in a Worker, averages and exchanges over the mesh, fine-tunes (by itself or
 * together with the others), tests, reports.
 *
 * A round is: train locally, release features, exchange weights with members that are there, adopt the average,
 * checkpoint. Nobody waits for anybody: with no member in reach the peer trains on alone. The room's `mod.ts` has an
 * example.
 *
 * @module
 */
import { join } from "@std/path";
import * as Comlink from "comlink";
import { AnySignal, raceAbort } from "../core/deadline.ts";
import { messageOf, type UserError } from "../core/errors.ts";
import { checkCombination } from "../mesh/averaging/aggregation/combination.ts";
import { Mesh } from "../mesh/mesh.ts";
import type { MeshOptions } from "../mesh/options.ts";
import type { AuditRecord } from "../mesh/protocols/traffic.ts";
import { PLANNING } from "../planning/table.ts";
import { conclude } from "./_concluding.ts";
import { awaitQuorum, waitForOthers } from "./_gathering.ts";
import { keepEncoder, type KeepingFacts } from "./_keeping.ts";
import { memberNames } from "./_membership.ts";
import { keyInUse, peerEvent } from "./_mesh_events.ts";
import { prepare } from "./_preparing.ts";
import { trainTogether } from "./_rounds.ts";
import type { Run } from "./_run.ts";
import { tellIfAlone, tellOfLonelyRounds, tellOfOthers, tellUntold } from "./_telling.ts";
import { OF_FINE_TUNING, OF_THE_PLANNED, ONE_SIDED, sharedSettings } from "./shared_settings.ts";
import { fineTuning, methodsOf, pretraining, totalRounds } from "./_trainings.ts";
import { type AuditLine, AuditLog } from "./audit/audit_log.ts";
import { latestRelease } from "./audit/releases.ts";
import { Budget } from "./budget.ts";
import type { PeerConfiguration } from "./configuration.ts";
import type { Method, PeerEventBody } from "./events.ts";
import { admitsUnlabelled, fineTuningPart } from "./fine_tuning_part.ts";
import {
  continueHistory,
  partnersOf,
  readHistory,
  type RoundName,
  undoRounds,
  withoutRepeated,
  writeHistory,
} from "./history.ts";
import { Participation } from "./participation.ts";
import { PeakMemory } from "./peak_memory.ts";
import { ReleasePolicy } from "./policy/release_policy.ts";
import { UpdatePolicy } from "./policy/update_policy.ts";
import { holdDirectories } from "./state/directories.ts";
import { forgetFinished } from "./state/finished_checkpoints.ts";
import { plannedTalk, planTogether } from "./planning/plan_together.ts";
import type { PlanningConfiguration } from "./planning_configuration.ts";
import type { SiteReport } from "./report/schema.ts";
import { type Standing, standingOf } from "./standing.ts";
import type { Anew } from "./state/anew.ts";
import type { StageProgress, TrainerApi } from "./trainer_api.ts";

/** How a caller follows and ends a run. */
export interface RunPeerOptions {
  /** Called with everything that happens; the peer's name and the time are added by the caller. */
  emit: (event: PeerEventBody) => void;
  /** Ends the run after the current step; the last round's checkpoint stays. */
  signal?: AbortSignal;
  /** The Worker that trains: a module that exposes a {@linkcode TrainerApi}. @default trainer_worker.ts */
  trainerWorker?: URL;
  /**
   * Leave the Worker to the end of the process, which the caller brings about at once. A thread that has asked for a
   * graphics adapter and ends in the same moment as the process can crash it: seen with Deno 2.9.6 and Mesa, once in 25
   * runs. @default false
   */
  leaveWorker?: boolean;
  /** The file or command that the peer was started by, for whoever finds its folders in use. @default its name */
  startedBy?: string;
  /** Called once the peer is in the mesh, with what tells where it stands until the run ends. */
  watch?: (standing: () => Standing) => void;
  /**
   * Makes what takes libp2p's own figures. @default nothing does
   *
   * @internal
   */
  libp2pMetrics?: MeshOptions["metrics"];
  /** Move an earlier training, or only its federated fine-tuning, aside and begin anew. @default go on from it */
  anew?: Anew;
}

/** Passes on what the mesh tells, until it stops; `end` is called with what ends the run. */
async function forwardMeshEvents(
  mesh: Mesh,
  participation: Participation,
  { emit, end, tellNames }: Pick<RunPeerOptions, "emit"> & { end: (reason: UserError) => void; tellNames: () => void },
) {
  for await (const event of mesh.events.subscribe()) {
    participation.note(event);
    if (event.type === "charter") tellNames();
    if (event.type === "key-in-use") end(keyInUse(event, mesh.peerId));
    const told = peerEvent(event);
    if (told) emit(told);
  }
}

/**
 * Runs one peer to its end and returns what it reports; the same is written to the output directory. Where its
 * configuration leaves something to a plan, it plans with the others first.
 *
 * @throws {UserError} for anything in configuration or data that the user can mend.
 */
export async function runPeer(
  configuration: PeerConfiguration | PlanningConfiguration,
  options: RunPeerOptions,
): Promise<SiteReport> {
  const { emit, leaveWorker, startedBy = configuration.name } = options;
  const begunAt = performance.now();
  // before anything in the folders is opened
  const held = await holdDirectories(configuration, startedBy);
  try {
    held.warnings.forEach((message) => emit({ type: "warning", message }));
    const planned = "withPlan" in configuration ? await planTogether(configuration, options) : configuration;
    return await runHere(planned, { ...options, begunAt });
  } finally {
    // a Worker that is left may still write
    if (!leaveWorker) held[Symbol.dispose]();
  }
}

/** {@linkcode runPeer} in folders that are held. */
async function runHere(given: PeerConfiguration, options: RunPeerOptions & { begunAt: number }): Promise<SiteReport> {
  const { emit, leaveWorker = false, begunAt, startedBy } = options;
  const ending = new AbortController();
  using either = new AnySignal(options.signal, ending.signal);
  const { signal } = either;
  const { trainerWorker = new URL("./trainer_worker.ts", import.meta.url) } = options;
  const since = new Date().toISOString();
  const prepared = await prepare(given, { emit, signal, anew: options.anew });
  if ("finished" in prepared) return prepared.finished;
  const { configuration, site, training, membership, facts, keep } = prepared;
  const { identity, charter } = membership;
  const { stateDirectory, schedule, seed } = given;
  const warn = (message: string) => emit({ type: "warning", message });
  const names = () => charter ? memberNames(charter) : {};
  const memory = new PeakMemory();
  const log = join(stateDirectory, "audit.jsonl");
  const audit = new AuditLog(log, { warn });
  const policy = new ReleasePolicy(configuration.policy, join(stateDirectory, "privacy.json"));
  const updates = new UpdatePolicy(configuration.policy.weights ?? null, join(stateDirectory, "privacy-weights.json"));
  const worker = new Worker(trainerWorker, { type: "module" });
  let mesh: Mesh | undefined;
  try {
    await memory.start();
    (await audit.open()).warnings.forEach(warn);
    await policy.open(() => latestRelease(log));
    await updates.open(() => latestRelease(log, "weights"));
    const trainer = Comlink.wrap<TrainerApi>(worker);
    const { averaging: { outer, ...averaging }, quorum: _, ...settings } = configuration.mesh;
    const members = new Set([...membership.members, identity.peerId]).size;
    checkCombination({ ...averaging, outer: outer.name, members }, { where: "mesh.averaging" });
    const onProgress = Comlink.proxy((progress: StageProgress) => emit({ type: "progress", ...progress }));
    const opened = await raceAbort(trainer.open(configuration, Comlink.proxy(warn), onProgress, training), signal);
    opened.warnings.forEach(warn);
    await keep();
    mesh = new Mesh({
      ...settings,
      ...membership,
      averaging,
      settings: sharedSettings(given, opened),
      comparedIfBoth: given.plan ? [...OF_FINE_TUNING, ...OF_THE_PLANNED] : OF_FINE_TUNING,
      oneSided: ONE_SIDED,
      ...(given.plan && { plan: await plannedTalk(given, membership) }),
      stateDirectory,
      seed,
      ...(options.libp2pMetrics && { metrics: options.libp2pMetrics }),
      audit: (record) => audit.append({ ...record, ...policyOf({ policy, updates }, record) }),
      auditLog: {
        anchored: () => audit.anchored,
        told: async (peer, head) => {
          const fault = await audit.compare(head, `the member ${peer}`);
          if (fault) warn(fault);
        },
      },
    });
    const { engine, cases, round, labels } = opened;
    const part = fineTuningPart(configuration.fineTune, { cases, structures: Object.keys(labels).length });
    let earlier = await readHistory(stateDirectory, round, warn);
    const participation = new Participation(mesh, { rounds: schedule.rounds, earlier: earlier.members });
    const elapsed = () => (performance.now() - begunAt) / 1000;
    const budget = facts.seconds === undefined ? undefined : new Budget({
      seconds: facts.seconds,
      pretrainShare: part === "none" ? 1 : schedule.pretrainShare ?? PLANNING.pretrainShare,
      elapsed: () => earlier.seconds + elapsed(),
    });
    const bytes = mesh.bytes.bind(mesh);
    const lines: Pick<Run, "rounds" | "fineTuneRounds"> = { rounds: [], fineTuneRounds: [] };
    const history = () =>
      continueHistory(earlier, {
        ...{ ...lines, seconds: elapsed(), bytes: bytes(), members: participation.report(), startedAt: since },
      });
    const saveHistory = (untold?: RoundName) =>
      writeHistory(stateDirectory, { ...history(), ...(untold && { untold }) });
    const run: Run = {
      ...{
        configuration,
        emit,
        signal,
        trainer,
        mesh,
        policy,
        updates,
        audit,
        onProgress,
        ...lines,
        saveHistory,
        budget,
        cut: [],
      },
      pretrained: () => {
        const rounds = [...earlier.rounds, ...lines.rounds];
        return { rounds: rounds.length, seconds: rounds.reduce((sum, { seconds }) => sum + seconds, 0) };
      },
      partnersOf: (round, method) => partnersOf([earlier, lines], round, method),
      undoRounds: (after, method) => undoRounds([earlier, lines], after, method),
      total: totalRounds(configuration),
      ...(admitsUnlabelled(configuration.fineTune) && { metrics: { labelled: cases.labelled } }),
    };
    const first = pretraining(run, opened);
    const forwarded = forwardMeshEvents(mesh, participation, {
      emit,
      tellNames: () => emit({ type: "names", names: names() }),
      end: (reason) => ending.abort(reason),
    });
    await mesh.start(signal);
    const watched = mesh;
    options.watch?.(() => standingOf({ mesh: watched, participation, policy, updates, audit, names }));
    emit({ type: "started", peerId: identity.peerId, engine, cases, resumedFrom: round || undefined });
    tellUntold(earlier, first, emit);

    if (round === 0) await awaitQuorum(run);
    await trainTogether(run, first);
    tellOfOthers(participation, schedule.rounds, emit);
    const trainedFor = { rounds: Math.max(round, lines.rounds.at(-1)?.round ?? 0) };
    const keeping = (steps = configuration.fineTune.steps): KeepingFacts => ({
      ...{ trained: { ...trainedFor, steps }, configuration, dataset: site.dataset, cases, members: history().members },
      names: new Map(membership.charter?.chain.newest.members.map(({ peer, name }) => [peer, name])),
    });
    const encoder = schedule.rounds > 0 && await keepEncoder(keeping(), await raceAbort(trainer.encoder(), signal));
    // a site that does not fine-tune has done its part, and goes when it takes nothing from those who are not so far
    if (part === "none") {
      mesh.averaging.sitOut();
      await waitForOthers(run, schedule.rounds);
    }
    const methods: Method[] = [];
    for (const method of part === "none" ? [] : methodsOf(configuration.fineTune)) {
      if (configuration.fineTune.mode === "federated") {
        const training = await fineTuning(run, method, cases);
        earlier = withoutRepeated(earlier, method, training.done);
        tellUntold(earlier, training, emit);
        if (!await trainTogether(run, training)) continue;
      }
      methods.push(method);
    }
    const { report, results } = await conclude(run, {
      ...{ methods, part, cases, site, membership, facts, history, keeping, startedBy },
      ...(encoder && { encoder }),
      peakRssBytes: () => memory.bytes,
    });
    (await forgetFinished(given, Date.now())).forEach(emit);
    await audit.anchor().catch((error) => warn(`flushing the audit log: ${messageOf(error)}`));
    await mesh.anchorAuditLog();
    tellIfAlone(participation, mesh, emit);
    tellOfLonelyRounds(participation, report, emit);
    for (const what of ["encoder", "model", "report"] as const) {
      const path = results[what];
      if (path !== undefined) emit({ type: "kept", what, path });
    }
    emit({ type: "finished", seconds: elapsed() });
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

/** What the audit log adds to what leaves: what the site's policy did to features, and to the update in the weights. */
function policyOf(
  { policy, updates }: { policy: ReleasePolicy; updates: UpdatePolicy },
  { kind, round }: AuditRecord,
): Pick<AuditLine, "policy" | "update"> {
  if (kind === "embeddings") return { policy: policy.applied(round) };
  return kind === "weights" && updates.applied ? { update: updates.applied } : {};
}
