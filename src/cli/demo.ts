/**
 * `deno task demo`: the main job from end to end on one machine, each peer a process of its own.
 *
 * Writes a phantom cohort (or takes a dataset of yours), splits its subjects over the peers, starts them, shows what
 * they do, and leaves a Dice table, predictions, `report.html` and `report.json`.
 *
 * @module
 */
import { join, relative, resolve } from "@std/path";
import deno from "../../deno.json" with { type: "json" };
import { messageOf, UserError } from "../core/errors.ts";
import { writeAtomically } from "../core/files.ts";
import { lockFolder } from "../core/lock.ts";
import { requirePermissions } from "../core/permissions.ts";
import type { Dataset } from "../data/datasets/dataset.ts";
import { openDataset } from "../data/datasets/registry.ts";
import { writePhantomCohort } from "../data/phantom/cohort.ts";
import { aggregate } from "../peer/report/aggregate.ts";
import { renderReport } from "../peer/report/html.ts";
import { viewerCommand } from "../peer/report/run_info.ts";
import { reportToJson } from "../peer/report/json.ts";
import type { RunReport } from "../peer/report/schema.ts";
import { versions } from "../peer/report/site_facts.ts";
import { summary } from "../peer/report/summary.ts";
import { collectReports } from "./_demo_reports.ts";
import { CASES_PER_SITE, checkDemoFlags, type DemoPlan, planDemo, siteName } from "./_demo_plan.ts";
import {
  awaitFree,
  isOfNoDemo,
  keepDemo,
  type KeptDemo,
  keptFlags,
  type KeptPlan,
  readKeptDemo,
} from "./_kept_demo.ts";
import { EXIT, Interrupted, UsageError } from "./command.ts";
import { writeConsortium, type WrittenSite } from "./consortium.ts";
import { DEMO_DEFAULTS, demoFlags, type DemoOptions, roundsTogether } from "./demo_flags.ts";
import { defineCommand } from "./flags/mod.ts";
import { interruption } from "./interruption.ts";
import { type LaunchedPeer, launchPeer } from "./launch.ts";
import { createProgress } from "./progress.ts";

/** Where phantoms lie in the folder of output. */
const PHANTOMS = "phantoms";

/** Whether there is anything in a folder. */
async function isTaken(path: string): Promise<boolean> {
  try {
    for await (const { name } of Deno.readDir(path)) if (!isOfNoDemo(name)) return true;
    return false;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** The folder for the results: the one asked for, if it is new or empty, else the next free out/demo-N. */
async function chooseOutput(out: string | undefined): Promise<string> {
  let path = out ?? "out/demo-1";
  try {
    for (let number = 2; out === undefined && await isTaken(path); number++) path = `out/demo-${number}`;
    if (await isTaken(path)) {
      throw new UserError("making the output folder: it must be new or empty, so that earlier results stay", {
        where: path,
      });
    }
  } catch (cause) {
    throw notWritable(path, cause);
  }
  return path;
}

function notWritable(path: string, cause: unknown): UserError {
  if (cause instanceof UserError) return cause;
  return new UserError(`making the output folder: it must be writable; ${messageOf(cause)}`, { where: path, cause });
}

/** Makes the folder, and holds it until the process ends. */
async function makeOutput(asked: string | undefined): Promise<string> {
  const path = await chooseOutput(asked);
  await holdOutput(path);
  return resolve(path);
}

async function holdOutput(path: string): Promise<void> {
  const { warning } = await lockFolder(path, { doing: "making the output folder", what: "--out", by: "demo" });
  if (warning !== undefined) console.error(`warning: ${warning}`);
}

/** A demo whose peers may start. */
interface Begun {
  out: string;
  dataset: Dataset;
  kept: KeptDemo;
  plan: KeptPlan;
  /** Whether peers may have run before. */
  isResumed: boolean;
}

/**
 * Opens a dataset of the user's, and makes the folder for the results only when it is known to be sound; or goes on with
 * a demo that was killed. What it plans is kept before any peer starts.
 */
async function begin(options: DemoOptions, startedAt: Date, earlier: KeptDemo | undefined): Promise<Begun> {
  const { data, peers, seed } = options;
  checkDemoFlags(options);
  if (earlier?.plan) {
    const out = resolve(options.out!);
    await holdOutput(out);
    const sites = earlier.plan.splits.map((_, i) => join(out, "sites", siteName(i), "state"));
    await awaitFree(sites);
    const dataset = await openDataset(data ?? join(out, PHANTOMS));
    return { out, dataset, kept: earlier, plan: earlier.plan, isResumed: true };
  }
  if (!earlier) await chooseOutput(options.out);
  const fresh: KeptDemo = {
    version: 1,
    flags: keptFlags(options),
    startedAt: earlier?.startedAt ?? startedAt.toISOString(),
  };
  const make = async () => {
    const out = earlier ? resolve(options.out!) : await makeOutput(options.out);
    if (earlier) await holdOutput(out);
    console.log(`syncytium ${deno.version}: ${peers} peers, seed ${seed}; results go to ${show(out)}`);
    await keepDemo(out, fresh);
    return out;
  };
  const planned = async (out: string, dataset: Dataset, plan: DemoPlan): Promise<Begun> => {
    const consortium = `demo-${crypto.randomUUID().slice(0, 8)}`;
    const kept = { ...fresh, plan: { ...plan, consortium, seconds: (Date.now() - startedAt.getTime()) / 1000 } };
    await keepDemo(out, kept);
    return { out, dataset, kept, plan: kept.plan, isResumed: false };
  };
  if (data === undefined) {
    const out = await make();
    const dataset = await writePhantoms(options, out);
    return await planned(out, dataset, await planDemo(dataset, options, startedAt));
  }
  const dataset = await openDataset(data);
  for (const note of dataset.notes ?? []) console.error(`warning: ${note}`); // they may explain why a split fails
  const plan = await planDemo(dataset, options, startedAt);
  return await planned(await make(), dataset, plan);
}

async function writePhantoms({ peers, seed }: DemoOptions, out: string): Promise<Dataset> {
  const directory = join(out, PHANTOMS);
  await Deno.remove(directory, { recursive: true }).catch(() => {}); // of a demo that was killed before it had all
  console.log(`writing phantoms of ${peers} sites, ${CASES_PER_SITE} cases each, to ${show(directory)}`);
  await writePhantomCohort(directory, { seed, sites: peers, casesPerSite: CASES_PER_SITE });
  return await openDataset(directory);
}

/** A path as people like to read it. */
function show(path: string): string {
  const short = relative(Deno.cwd(), path);
  return short.startsWith("..") ? path : short;
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

async function writeReport(report: RunReport, out: string): Promise<void> {
  await writeAtomically(join(out, "report.json"), reportToJson(report));
  await writeAtomically(join(out, "report.html"), renderReport(report));
}

async function run(options: DemoOptions, args: readonly string[]): Promise<void> {
  const startedAt = new Date();
  const { peers, seed, data } = options;
  const together = roundsTogether(options);
  const earlier = options.out === undefined ? undefined : await readKeptDemo(options.out, keptFlags(options));
  if (earlier?.isFinished) {
    const page = show(join(resolve(options.out!), "report.html"));
    console.log(`this demo is finished: its report is ${page}; to begin anew, name another --out`);
    return;
  }
  const { out, dataset, kept, plan, isResumed } = await begin(options, startedAt, earlier);
  const { splits, shared, consortium, seconds } = plan;
  if (isResumed) console.log(`goes on with the demo in ${show(out)}, begun at ${kept.startedAt}`);
  const sites = await writeConsortium({
    ...{ directory: join(out, "sites"), consortium, seed, shared },
    sites: splits.map((split, i) => ({ name: siteName(i), split })),
    alone: options.alone,
  });
  const company = options.alone ? "none knows another" : "no server";
  console.log(`starting ${peers} peers, each a process of its own; ${company}`);
  const launched = await runPeers(sites);
  const { reports, missing } = await collectReports(sites, launched);
  for (const { name, reason, log } of missing) console.error(`${name} ended with ${reason} (${show(log)})`);
  if (missing.length > 0 && missing.every(({ code }) => code === EXIT.interrupted)) {
    const again = options.out === undefined ? `and --out ${show(out)} ` : "";
    throw new Interrupted(`the demo was interrupted; called again with the same flags ${again}it goes on`);
  }
  if (reports.length === 0) throw new UserError("running the demo: no peer came to its end", { where: show(out) });
  const report = aggregate(reports, {
    title: data === undefined ? "Phantom cohort" : dataset.name,
    command: ["deno task demo", ...args].join(" "),
    startedAt: kept.startedAt,
    // what the peers did in all their lives, where the demo itself was killed
    seconds: isResumed
      ? seconds + Math.max(...reports.map((site) => site.seconds))
      : (Date.now() - startedAt.getTime()) / 1000,
    version: versions(),
    seed,
    missing: missing.map(({ log: _, ...kept }) => kept),
    viewer: viewerCommand(out),
    dataset: { name: dataset.name, labels: Object.fromEntries(dataset.labels), phantom: data === undefined },
    settings: {
      "labelled cases a site": Math.max(...splits.map(({ labelled }) => labelled.length)),
      ...(options.minutes && { "minutes to spend": options.minutes }),
      "rounds x steps": `${shared.schedule.rounds} x ${shared.schedule.stepsPerRound}`,
      "fine-tuning steps": shared.fineTune.steps,
      ...(together > 0 && { "rounds of federated fine-tuning": together }),
      "patch (z, y, x)": shared.network.patch.join(" x "),
      "spacing in mm (x, y, z)": shared.data.spacing.join(" x "),
    },
  });
  await writeReport(report, out);
  console.log("\n" + summary(report));
  console.log(`\nreport       ${show(join(out, "report.html"))}, report.json`);
  console.log(`predictions  ${show(join(out, "sites"))}/*/results/predictions/, shown by: ${viewerCommand(show(out))}`);
  console.log(`models       ${show(join(out, "sites"))}/*/results/model/, beside them what is pre-trained: encoder/`);
  if (missing.length > 0) {
    throw new UserError("running the demo: every peer must come to its end", {
      where: missing.map(({ name }) => name).join(", "),
    });
  }
  await keepDemo(out, { ...kept, isFinished: true });
}

/** The command. */
export const demo = defineCommand({
  name: "demo",
  does: "sites on this machine train together without a server, segment, and leave a report",
  flags: demoFlags,
  example: "--data DIR --peers 4 --labelled 2",
  async run({ flags, args }) {
    const { minutes, fineTuneRounds = 0 } = flags;
    const fineTune = flags.fineTune ?? (minutes === undefined ? DEMO_DEFAULTS.fineTune : Infinity); // it is planned
    if (fineTuneRounds > fineTune) {
      const rule = `must be at most the ${fineTune} steps of fine-tuning`;
      throw new UsageError(`the flag --fine-tune-rounds ${rule}, got ${fineTuneRounds}`);
    }
    requirePermissions("running the demo", ["net", "run"]); // long before the peers start
    await run(flags, args);
  },
});

if (import.meta.main) await demo.main();
