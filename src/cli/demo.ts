/**
 * `deno task demo`: the main job from end to end on one machine, each peer a process of its own.
 *
 * Writes a phantom cohort (or takes a dataset of yours), splits its subjects over the peers, starts them, shows what
 * they do, and leaves a Dice table, predictions, `report.html` and `report.json`.
 *
 * @module
 */
import { join, relative, resolve } from "@std/path";
import * as tf from "@tensorflow/tfjs";
import deno from "../../deno.json" with { type: "json" };
import { messageOf, UserError } from "../core/errors.ts";
import { writeAtomically } from "../core/files.ts";
import { checkCases } from "../data/checks/check_cases.ts";
import { checkLabels, type LabelUse } from "../data/checks/check_labels.ts";
import type { Dataset } from "../data/datasets/dataset.ts";
import { openDataset } from "../data/datasets/registry.ts";
import { writePhantomCohort } from "../data/phantom/cohort.ts";
import { type PeerSplit, splitSubjects } from "../data/splits.ts";
import { planMethod } from "../peer/network_plan.ts";
import { aggregate } from "../peer/report/aggregate.ts";
import { renderReport } from "../peer/report/html.ts";
import { reportToJson, siteFromJson } from "../peer/report/json.ts";
import type { RunReport, SiteReport } from "../peer/report/schema.ts";
import { summary } from "../peer/report/summary.ts";
import { PEER_DEFAULTS } from "../settings/defaults.ts";
import { EXIT, Interrupted, UsageError } from "./command.ts";
import { writeConsortium, type WrittenSite } from "./consortium.ts";
import { demoFlags, type DemoOptions } from "./demo_flags.ts";
import { defineCommand } from "./flags/mod.ts";
import { interruption } from "./interruption.ts";
import { labelProgress } from "./label_progress.ts";
import { type LaunchedPeer, launchPeer } from "./launch.ts";
import { createProgress } from "./progress.ts";

/** Phantoms of each site, where there is no data set. */
const CASES_PER_SITE = 20;

/** The folder for the results: the one asked for, if it is new or empty, else the next free out/demo-N. */
async function makeOutput(out: string | undefined): Promise<string> {
  const isTaken = async (path: string) => {
    try {
      for await (const _ of Deno.readDir(path)) return true;
      return false;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return false;
      throw error;
    }
  };
  let path = out ?? "out/demo-1";
  try {
    for (let number = 2; out === undefined && await isTaken(path); number++) path = `out/demo-${number}`;
    if (await isTaken(path)) {
      throw new UserError("making the output folder: it must be new or empty, so that earlier results stay", {
        where: path,
      });
    }
    await Deno.mkdir(path, { recursive: true });
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    throw new UserError(`making the output folder: it must be writable; ${messageOf(cause)}`, { where: path, cause });
  }
  return resolve(path);
}

async function openData({ data, peers, seed }: DemoOptions, out: string): Promise<Dataset> {
  if (data !== undefined) return await openDataset(data);
  const directory = join(out, "phantoms");
  console.log(`writing phantoms of ${peers} sites, ${CASES_PER_SITE} cases each, to ${show(directory)}`);
  await writePhantomCohort(directory, { seed, sites: peers, casesPerSite: CASES_PER_SITE });
  return await openDataset(directory);
}

/** A path as people like to read it. */
function show(path: string): string {
  const short = relative(Deno.cwd(), path);
  return short.startsWith("..") ? path : short;
}

/** What the sites' configurations have in common. */
async function planRun(options: DemoOptions, dataset: Dataset) {
  const { peers, voxels, fieldOfView, sliceSpacing, rounds, steps, fineTune, fineTuneRounds } = options;
  const { levels } = PEER_DEFAULTS.network;
  const headers = { fieldOfView, sliceSpacing };
  const share = Math.max(1, Math.floor(navigator.hardwareConcurrency / peers)); // of the cores, for each peer
  const { spacing, patch, pool } = await planMethod(dataset.cases, { ...headers, voxelBudget: voxels, levels });
  return {
    engine: { name: options.engine, threads: options.threads ?? share, adapter: options.adapter },
    data: { directory: resolve(dataset.directory), spacing, ...headers },
    network: { levels, patch, pool },
    schedule: { rounds, stepsPerRound: steps },
    fineTune: { steps: fineTune, ...(fineTuneRounds && { mode: "federated", rounds: fineTuneRounds }) },
  };
}

function siteName(index: number): string {
  return `site-${index + 1}`;
}

/** The cases of each site whose labels it uses. */
function labelsOf({ cases }: Dataset, splits: readonly PeerSplit[]): LabelUse[] {
  const byId = new Map(cases.map((reference) => [reference.id, reference]));
  const of = (ids: readonly string[]) => ids.map((id) => byId.get(id)!);
  return splits.map(({ labelled, test }, index) => ({
    name: siteName(index),
    labelled: of(labelled),
    test: of(test),
  }));
}

/** Starts every site's peer, shows what they tell, and resolves when all have ended. */
async function runPeers(sites: readonly WrittenSite[]): Promise<LaunchedPeer[]> {
  const names = new Map(sites.map(({ peerId, name }) => [peerId, name]));
  const progress = createProgress({ terminal: Deno.stdout.isTerminal(), names });
  const peers = sites.map(launchPeer);
  using interrupted = interruption();
  interrupted.signal.addEventListener("abort", () => peers.forEach((peer) => peer.stop()));
  try {
    await Promise.all(peers.map(async ({ events, status }) => {
      for await (const event of events) progress.handle(event);
      await status;
    }));
  } finally {
    progress.close();
  }
  return peers;
}

/** The reports of the peers that came through, and what stopped the others. */
async function collectReports(sites: readonly WrittenSite[], peers: readonly LaunchedPeer[]) {
  const reports: SiteReport[] = [];
  const missing: { name: string; peerId: string; code: number; reason: string }[] = [];
  for (const [i, { name, peerId, directory }] of sites.entries()) {
    const code = await peers[i].status;
    if (code === 0) {
      const path = join(directory, "results", "site.json");
      reports.push(siteFromJson(await Deno.readTextFile(path), path));
    } else {
      const last = (await Deno.readTextFile(peers[i].log)).trimEnd().split("\n").at(-1);
      missing.push({ name, peerId, code, reason: `exit code ${code}: ${last}` });
      console.error(`${name} ended with exit code ${code}: ${last} (${show(peers[i].log)})`);
    }
  }
  return { reports, missing };
}

async function writeReport(report: RunReport, out: string): Promise<void> {
  await writeAtomically(join(out, "report.json"), reportToJson(report));
  await writeAtomically(join(out, "report.html"), renderReport(report));
}

async function run(options: DemoOptions, args: readonly string[]): Promise<void> {
  const startedAt = new Date();
  const { peers, labelled, seed, data } = options;
  const out = await makeOutput(options.out);
  console.log(`syncytium ${deno.version}: ${peers} peers, seed ${seed}; results go to ${show(out)}`);
  const dataset = await openData(options, out);
  for (const note of dataset.notes ?? []) console.error(`warning: ${note}`); // they may explain why a split fails
  const splits = splitSubjects(dataset.cases, { peers, labelled, seed, casesPerPeer: options.cases });
  const used = new Set(splits.flatMap(({ training, probe, test }) => [...training, ...probe, ...test]));
  const cases = dataset.cases.filter(({ id }) => used.has(id));
  await checkCases(cases); // before a plan is made of what may be wrong
  const shared = await planRun(options, dataset);
  const { warnings } = await checkCases(cases, { plan: shared.data, patch: shared.network.patch });
  warnings.forEach((warning) => console.error(`warning: ${warning}`));
  await checkLabels(labelsOf(dataset, splits), dataset, { // what is only suspicious, each peer tells of its site
    together: options.fineTuneRounds !== undefined,
    onProgress: labelProgress(),
  });
  const sites = await writeConsortium({
    directory: join(out, "sites"),
    consortium: `demo-${crypto.randomUUID().slice(0, 8)}`,
    seed,
    sites: splits.map((split, i) => ({ name: siteName(i), split })),
    alone: options.alone,
    shared,
  });
  const company = options.alone ? "none knows another" : "no server";
  console.log(`starting ${peers} peers, each a process of its own; ${company}`);
  const launched = await runPeers(sites);
  const { reports, missing } = await collectReports(sites, launched);
  if (missing.length > 0 && missing.every(({ code }) => code === EXIT.interrupted)) {
    throw new Interrupted("the demo was interrupted");
  }
  if (reports.length === 0) throw new UserError("running the demo: no peer came to its end", { where: show(out) });
  const report = aggregate(reports, {
    title: data === undefined ? "Phantom cohort" : dataset.name,
    command: ["deno task demo", ...args].join(" "),
    startedAt: startedAt.toISOString(),
    seconds: (Date.now() - startedAt.getTime()) / 1000,
    version: { syncytium: deno.version, deno: Deno.version.deno, tfjs: tf.version["tfjs-core"] },
    seed,
    missing,
    dataset: { name: dataset.name, labels: Object.fromEntries(dataset.labels), phantom: data === undefined },
    settings: {
      "labelled cases a site": labelled,
      "rounds x steps": `${options.rounds} x ${options.steps}`,
      "fine-tuning steps": options.fineTune,
      ...(options.fineTuneRounds && { "rounds of federated fine-tuning": options.fineTuneRounds }),
      "patch (z, y, x)": shared.network.patch.join(" x "),
      "spacing in mm (x, y, z)": shared.data.spacing.join(" x "),
    },
  });
  await writeReport(report, out);
  console.log("\n" + summary(report));
  console.log(`\nreport       ${show(join(out, "report.html"))}, report.json`);
  console.log(`predictions  ${show(join(out, "sites"))}/*/results/predictions/`);
  if (missing.length > 0) {
    throw new UserError("running the demo: every peer must come to its end", {
      where: missing.map(({ name }) => name).join(", "),
    });
  }
}

/** The command. */
export const demo = defineCommand({
  name: "demo",
  does: "sites on this machine train together without a server, segment, and leave a report",
  flags: demoFlags,
  example: "--data DIR --peers 4 --labelled 2",
  async run({ flags, args }) {
    const { fineTune, fineTuneRounds } = flags;
    if (fineTuneRounds !== undefined && fineTuneRounds > fineTune) {
      const rule = `must be at most the ${fineTune} steps of fine-tuning`;
      throw new UsageError(`the flag --fine-tune-rounds ${rule}, got ${fineTuneRounds}`);
    }
    await run(flags, args);
  },
});

if (import.meta.main) await demo.main();
