/**
 * One run of the study in a process of its own: takes a `Run` as JSON, prints a `Result` as JSON.
 *
 * @module
 */
import { meanDice } from "../_mean_dice.ts";
import { engineText, runProcess, type Timed } from "../_run_process.ts";
import { UserError } from "../../src/core/errors.ts";
import { unflatten } from "../../src/core/vectors.ts";
import { openDataset } from "../../src/data/datasets/registry.ts";
import { parseUNetConfig } from "../../src/model/config.ts";
import { prepareAll, referencesOf } from "../../src/peer/site_data.ts";
import { openPeerSite, type PeerSite } from "../../src/studies/peer_sites.ts";
import { attack, type Outcome } from "./_attacker.ts";
import { configure } from "./_configure.ts";
import { pretrain } from "./_consortium.ts";
import type { Result, Run } from "./_study.ts";

async function carryOut(run: Run): Promise<Omit<Result, keyof Timed>> {
  const startedAt = performance.now();
  const { condition, seed, rounds } = run;
  const dataset = await openDataset(run.data);
  if (dataset.channels) {
    throw new UserError("attacking features: the study reconstructs images of one channel", {
      where: run.data,
      value: `${dataset.channels.length} channels`,
    });
  }
  const configurations = await configure(run, dataset);
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
