/**
 * One run of the study with real processes: takes a `LieRun` as JSON, prints a `LieResult` as JSON.
 *
 * @module
 */
import { writeConsortium } from "../../src/cli/consortium.ts";
import { openDataset } from "../../src/data/datasets/registry.ts";
import { splitSubjects } from "../../src/data/splits.ts";
import { scoreSite } from "../../src/display/site_scores.ts";
import { planMethod } from "../../src/planning/network.ts";
import { runProcess, type Timed } from "../_run_process.ts";
import { ALL_SITES, isLying, type LieResult, type LieRun, type SiteOutcome, VOLUMES } from "./_lie_study.ts";
import { type HonestOutcome, runAmong } from "./_processes.ts";

const LEVELS = 3;

/** Writes the sites' configurations: defaults, but for what makes the run short. */
async function writeSites(run: LieRun) {
  const { seed, data: directory, rounds, steps: stepsPerRound, labelled, voxels, patchVoxels, test } = run;
  const { fineTune: steps, encoderRate } = run;
  const { cases } = await openDataset(directory);
  const { spacing, patch, pool } = await planMethod(cases, { voxelBudget: voxels, patchVoxels, levels: LEVELS });
  const splits = splitSubjects(cases, { peers: ALL_SITES, labelled, seed, test });
  return await writeConsortium({
    ...{ directory: run.directory, consortium: "one lies", seed },
    sites: splits.map((split, i) => ({ name: `site-${i + 1}`, split })),
    shared: {
      engine: { name: "wasm", threads: 1 },
      data: { directory, spacing },
      network: { levels: LEVELS, patch, pool },
      schedule: { rounds, stepsPerRound },
      pretrain: { volumes: VOLUMES },
      fineTune: { steps, ...(encoderRate !== undefined && { encoderRate }) },
    },
  });
}

function outcomeOf({ code, warnings, report }: HonestOutcome, liar: string): SiteOutcome {
  const last = report?.rounds.at(-1);
  const dice = report?.dice.flatMap(({ method, perClass }) => method === "pretrained" ? [perClass] : []) ?? [];
  return {
    ...{ code, rounds: report?.rounds.length ?? 0 },
    dice: dice.length === 0 ? null : scoreSite(dice, Object.keys(dice[0])).mean,
    rank: last?.health?.effectiveRank ?? null,
    named: warnings.filter((message) => message.startsWith(`${liar}: `)).length,
    paused: report?.members.some(({ peerId, paused }) => peerId === liar && paused !== undefined) ?? false,
  };
}

async function carryOut(run: LieRun): Promise<Omit<LieResult, keyof Timed>> {
  const { seed, doing } = run;
  const sites = await writeSites(run);
  const liar = sites[ALL_SITES - 1];
  const running = doing === "honest" ? sites : sites.slice(0, -1);
  const lies = isLying(doing) ? [doing] : [];
  const outcomes = (await runAmong(running, { liar, lies })).slice(0, ALL_SITES - 1);
  for (const { name, code, log } of outcomes) if (code !== 0) console.error(`${name} ended with ${code}: ${log}`);
  const { engine } = outcomes.find(({ report }) => report)?.report ?? {};
  return {
    ...{ seed, doing, sites: outcomes.map((outcome) => outcomeOf(outcome, liar.peerId)) },
    engine: engine ? `${engine.name} (${engine.detail}, 1 thread)` : "none",
  };
}

await runProcess<LieRun, LieResult>(carryOut);
