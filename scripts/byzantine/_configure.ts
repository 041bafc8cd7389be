/**
 * The sites of a run, from its dataset's headers and tables.
 *
 * @module
 */
import { openDataset } from "../../src/data/datasets/registry.ts";
import { splitSubjects } from "../../src/data/splits.ts";
import type { PeerConfiguration } from "../../src/peer/configuration.ts";
import { planMethod } from "../../src/planning/network.ts";
import { configureSites } from "../../src/studies/peer_sites.ts";
import { type Run, SITES } from "./_study.ts";

const LEVELS = 3;

/** The sites' configurations; the encoder stays as pre-training left it: Dice says what it is worth. */
export async function configure(run: Run): Promise<PeerConfiguration[]> {
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
