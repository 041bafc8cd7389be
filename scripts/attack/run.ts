/**
 * One run of the study in a process of its own: takes a `Run` as JSON, prints a `Result` as JSON.
 *
 * @module
 */
import { meanDice } from "../_mean_dice.ts";
import { engineText, runProcess, type Timed } from "../_run_process.ts";
import { unflatten } from "../../src/core/vectors.ts";
import type { Dataset } from "../../src/data/datasets/dataset.ts";
import { openDataset } from "../../src/data/datasets/registry.ts";
import { splitSubjects } from "../../src/data/splits.ts";
import { parseUNetConfig } from "../../src/model/config.ts";
import type { PeerConfiguration } from "../../src/peer/configuration.ts";
import { planMethod } from "../../src/peer/network_plan.ts";
import { prepareAll, referencesOf } from "../../src/peer/site_data.ts";
import { checkSites, configureSites, openPeerSite, type PeerSite } from "../../src/studies/peer_sites.ts";
import { attack, type Outcome } from "./_attacker.ts";
import { pretrain } from "./_consortium.ts";
import { type Result, type Run, SITES } from "./_study.ts";

const LEVELS = 3;

/** Cases of a site that Dice is measured on; of the others that are kept out, health is. */
const TESTS = 8;

/** The sites' configurations. */
async function configure(run: Run, { cases }: Dataset): Promise<PeerConfiguration[]> {
  const { seed, data, directory, rounds, steps: stepsPerRound, fineTune: steps, patchVoxels, condition } = run;
  const { noise, featuresPerRound, volumes } = condition;
  const plan = await planMethod(cases, { patchVoxels, levels: LEVELS });
  const { labelled, heldOut: test, casesPerSite: casesPerPeer } = run;
  const splits = splitSubjects(cases, { peers: SITES, labelled, seed, test, probe: 0, casesPerPeer }).map((split) => {
    const training = [...split.labelled, ...split.training.filter((id) => !split.labelled.includes(id))];
    return {
      ...split,
      training: training.slice(0, volumes),
      probe: [...split.probe, ...split.test.slice(TESTS)],
      test: split.test.slice(0, TESTS),
    };
  });
  return configureSites(splits, {
    ...{ data, directory, plan, levels: LEVELS, seed, rounds, stepsPerRound },
    settings: { fineTune: { steps }, policy: { featuresPerRound, noise, totalEpsilon: noise && 1e6 } },
  });
}

async function carryOut(run: Run): Promise<Omit<Result, keyof Timed>> {
  const startedAt = performance.now();
  const { condition, seed, rounds } = run;
  const dataset = await openDataset(run.data);
  const configurations = await configure(run, dataset);
  await checkSites(configurations);
  const sites: PeerSite[] = [];
  for (const configuration of configurations) sites.push(await openPeerSite(configuration));
  const tell = (what: string) => console.error(`${((performance.now() - startedAt) / 1000).toFixed(0)} s: ${what}`);
  tell("pre-training");
  const { vector, released, neighbours, deviation, spentEpsilon } = await pretrain(sites, rounds);
  tell("attacking");
  const outcomes: Outcome[] = [];
  for (const [index, configuration] of configurations.entries()) {
    const references = referencesOf(dataset, configuration);
    const cases = await prepareAll(references, configuration, dataset);
    outcomes.push({ configuration, cases, released: released[index] });
  }
  const { baseFilters, levels, norm, pool } = configurations[0].network;
  const attacked = await attack({
    sites: outcomes,
    network: parseUNetConfig({ classes: dataset.labels.size + 1, baseFilters, levels, norm, pool }),
    weights: unflatten(vector, sites[0].opened.layout),
    ...{ budget: run, seed },
  });
  tell("fine-tuning");
  const dice: number[] = [];
  for (const { trainer } of sites) dice.push(await meanDice(trainer));
  return {
    ...{ condition, seed, dice, neighbours, deviation, spentEpsilon, ...attacked },
    volumes: sites.map(({ opened }) => opened.cases.training),
    engine: engineText(sites[0]),
  };
}

await runProcess<Run, Result>(carryOut);
