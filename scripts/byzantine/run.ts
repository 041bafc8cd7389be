/**
 * One run of the study in a process of its own: takes a `Run` as JSON, prints a `Result` as JSON.
 *
 * @module
 */
import { meanDice } from "../_mean_dice.ts";
import { engineText, runProcess, type Timed } from "../_run_process.ts";
import { openDataset } from "../../src/data/datasets/registry.ts";
import { splitSubjects } from "../../src/data/splits.ts";
import type { PeerConfiguration } from "../../src/peer/configuration.ts";
import { planMethod } from "../../src/peer/network_plan.ts";
import { checkSites, configureSites, openPeerSite, type PeerSite } from "../../src/studies/peer_sites.ts";
import { makeAttack, pretrain } from "./_consortium.ts";
import { type Result, type Run, SITES } from "./_study.ts";

const LEVELS = 3;

/** The sites' configurations; the encoder stays as pre-training left it: Dice says what it is worth. */
async function configure(run: Run): Promise<PeerConfiguration[]> {
  const { seed, data, directory, rounds, steps: stepsPerRound, fineTune: steps, labelled, patchVoxels } = run;
  const { cases } = await openDataset(data);
  const plan = await planMethod(cases, { voxelBudget: run.voxels, patchVoxels, levels: LEVELS });
  const splits = splitSubjects(cases, { peers: SITES, labelled, seed, test: 0.5 });
  return configureSites(
    splits.map((split) => ({ ...split, probe: [] })), // health is not looked at
    {
      ...{ data, directory, plan, levels: LEVELS, seed, rounds, stepsPerRound },
      settings: { fineTune: { steps, encoderRate: 0 } },
    },
  );
}

async function carryOut(run: Run): Promise<Omit<Result, keyof Timed>> {
  const { seed, rule, behaviour } = run;
  const { honest } = makeAttack(run);
  const sites = new Map<number, PeerSite>();
  const configurations = await configure(run);
  await checkSites(configurations);
  for (const [index, configuration] of configurations.entries()) {
    if (behaviour === "honest" || honest.includes(index)) sites.set(index, await openPeerSite(configuration));
  }
  const rounds = behaviour === "untrained" ? 0 : run.rounds;
  const { consensus, refused } = await pretrain({ ...run, rounds }, sites);
  const dice: number[] = [];
  for (const index of honest) dice.push(await meanDice(sites.get(index)!.trainer));
  return {
    ...{ seed, rule, behaviour, dice, consensus, refused },
    engine: engineText(sites.get(honest[0])!),
  };
}

await runProcess<Run, Result>(carryOut);
