/**
 * One run of the study in a process of its own: takes a `Run` as JSON, prints a `Result` as JSON.
 *
 * @module
 */
import { join } from "@std/path";
import { meanDice } from "../_mean_dice.ts";
import { runCommand } from "../../src/cli/command.ts";
import { openDataset } from "../../src/data/datasets/registry.ts";
import { splitSubjects } from "../../src/data/splits.ts";
import { parseConfiguration, type PeerConfiguration } from "../../src/peer/configuration.ts";
import { planMethod } from "../../src/peer/network_plan.ts";
import { Trainer } from "../../src/peer/trainer.ts";
import type { TrainerOpened } from "../../src/peer/trainer_api.ts";
import { makeAttack, pretrain } from "./_consortium.ts";
import { type Result, type Run, SITES } from "./_study.ts";

const LEVELS = 3;

/** The sites' configurations, as a peer reads them; the mesh of each is never started. */
async function configure(
  { seed, data, directory, rounds, steps, fineTune, labelled, ...run }: Run,
): Promise<PeerConfiguration[]> {
  const { cases } = await openDataset(data);
  const { voxels: voxelBudget, patchVoxels } = run;
  const { spacing, patch, pool } = await planMethod(cases, { voxelBudget, patchVoxels, levels: LEVELS });
  return splitSubjects(cases, { peers: SITES, labelled, seed, test: 0.5 }).map((split, index) => {
    const name = `site-${index + 1}`;
    const settings = {
      ...{ name, seed, stateDirectory: "state", outputDirectory: "results" },
      engine: { name: "wasm", threads: 1 },
      // health is not looked at
      data: { directory: data, spacing, split: { ...split, probe: [] }, ahead: 0 },
      network: { levels: LEVELS, patch, pool },
      schedule: { rounds, stepsPerRound: steps },
      // the encoder stays as pre-training left it: Dice says what it is worth
      fineTune: { steps: fineTune, encoderRate: 0 },
      mesh: { consortium: "byzantine", members: ["12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN"] },
    };
    return parseConfiguration(settings, name, join(directory, name));
  });
}

async function carryOut(run: Run): Promise<Result> {
  const startedAt = performance.now();
  const { seed, rule, behaviour } = run;
  const { honest } = makeAttack(run);
  const trainers = new Map<number, { trainer: Trainer; opened: TrainerOpened }>();
  for (const [index, configuration] of (await configure(run)).entries()) {
    if (behaviour !== "honest" && !honest.includes(index)) continue;
    const trainer = new Trainer();
    trainers.set(index, { trainer, opened: await trainer.open(configuration, console.error) });
  }
  const rounds = behaviour === "untrained" ? 0 : run.rounds;
  const { consensus, refused } = await pretrain({ ...run, rounds }, trainers);
  const dice: number[] = [];
  for (const index of honest) {
    const { trainer } = trainers.get(index)!;
    dice.push(await meanDice(trainer));
  }
  const { engine: { name, detail } } = trainers.get(honest[0])!.opened;
  return {
    ...{ seed, rule, behaviour, dice, consensus, refused },
    engine: `${name} (${detail}, 1 thread)`,
    seconds: (performance.now() - startedAt) / 1000,
    endedAt: new Date().toISOString(),
  };
}

await runCommand(async () => {
  console.log(JSON.stringify(await carryOut(JSON.parse(Deno.args[0]) as Run)));
  Deno.exit(0);
});
