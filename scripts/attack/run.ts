/**
 * One run of the study in a process of its own: takes a `Run` as JSON, prints a `Result` as JSON.
 *
 * @module
 */
import { join } from "@std/path";
import { meanDice } from "../_mean_dice.ts";
import { runCommand } from "../../src/cli/command.ts";
import { unflatten } from "../../src/core/vectors.ts";
import type { Dataset } from "../../src/data/datasets/dataset.ts";
import { openDataset } from "../../src/data/datasets/registry.ts";
import { splitSubjects } from "../../src/data/splits.ts";
import { parseUNetConfig } from "../../src/model/config.ts";
import { parseConfiguration, type PeerConfiguration } from "../../src/peer/configuration.ts";
import { planMethod } from "../../src/peer/network_plan.ts";
import { prepareAll, referencesOf } from "../../src/peer/site_data.ts";
import { Trainer } from "../../src/peer/trainer.ts";
import type { TrainerOpened } from "../../src/peer/trainer_api.ts";
import { attack, type Outcome } from "./_attacker.ts";
import { pretrain, type Site } from "./_consortium.ts";
import { type Result, type Run, SITES } from "./_study.ts";

const LEVELS = 3;

/** Cases of a site that Dice is measured on; of the others that are kept out, health is. */
const TESTS = 8;

/** The sites' configurations, as a peer reads them; the mesh of each is never started. */
async function configure(run: Run, { cases }: Dataset): Promise<PeerConfiguration[]> {
  const { seed, data, directory, rounds, steps, fineTune, labelled, heldOut, casesPerSite, patchVoxels, condition } =
    run;
  const { noise, featuresPerRound, volumes } = condition;
  const { spacing, patch, pool } = await planMethod(cases, { patchVoxels, levels: LEVELS });
  return splitSubjects(cases, { peers: SITES, labelled, seed, test: heldOut, probe: 0, casesPerPeer: casesPerSite })
    .map((split, index) => {
      const name = `site-${index + 1}`;
      const [test, probe] = [split.test.slice(0, TESTS), [...split.probe, ...split.test.slice(TESTS)]];
      const training = [...split.labelled, ...split.training.filter((id) => !split.labelled.includes(id))];
      const settings = {
        ...{ name, seed, stateDirectory: "state", outputDirectory: "results" },
        engine: { name: "wasm", threads: 1 },
        data: {
          directory: data,
          spacing,
          split: { ...split, training: training.slice(0, volumes), probe, test },
          ahead: 0,
        },
        network: { levels: LEVELS, patch, pool },
        schedule: { rounds, stepsPerRound: steps },
        fineTune: { steps: fineTune },
        policy: { featuresPerRound, noise, totalEpsilon: noise && 1e6 },
        mesh: { consortium: "attack", members: ["12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN"] },
      };
      return parseConfiguration(settings, name, join(directory, name));
    });
}

async function carryOut(run: Run): Promise<Result> {
  const startedAt = performance.now();
  const { condition, seed, rounds } = run;
  const dataset = await openDataset(run.data);
  const configurations = await configure(run, dataset);
  const sites: (Site & { opened: TrainerOpened })[] = [];
  for (const configuration of configurations) {
    await Deno.mkdir(configuration.stateDirectory, { recursive: true });
    const trainer = new Trainer();
    sites.push({ configuration, trainer, opened: await trainer.open(configuration, console.error) });
  }
  const tell = (what: string) => console.error(`${((performance.now() - startedAt) / 1000).toFixed(0)} s: ${what}`);
  tell("pre-training");
  const { vector, released, neighbours, deviation, spentEpsilon } = await pretrain(sites, rounds);
  tell("attacking");
  const outcomes: Outcome[] = [];
  for (const [index, configuration] of configurations.entries()) {
    const references = referencesOf(dataset, configuration);
    const cases = await prepareAll(references, configuration, dataset.labels);
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
  const { engine: { name, detail } } = sites[0].opened;
  return {
    ...{ condition, seed, dice, neighbours, deviation, spentEpsilon, ...attacked },
    volumes: sites.map(({ opened }) => opened.cases.training),
    engine: `${name} (${detail}, 1 thread)`,
    seconds: (performance.now() - startedAt) / 1000,
    endedAt: new Date().toISOString(),
  };
}

await runCommand(async () => {
  console.log(JSON.stringify(await carryOut(JSON.parse(Deno.args[0]) as Run)));
  Deno.exit(0);
});
