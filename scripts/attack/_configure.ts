/**
 * The sites of a run, from its dataset's headers and tables.
 *
 * @module
 */
import type { Dataset } from "../../src/data/datasets/dataset.ts";
import { splitSubjects } from "../../src/data/splits.ts";
import type { PeerConfiguration } from "../../src/peer/configuration.ts";
import { planMethod } from "../../src/planning/network.ts";
import { configureSites } from "../../src/studies/peer_sites.ts";
import { type Run, SITES } from "./_study.ts";

const LEVELS = 3;

/** Cases of a site that Dice is measured on; of the others that are kept out, health is. */
const TESTS = 8;

/** The sites' configurations. */
export async function configure(run: Run, { cases }: Dataset): Promise<PeerConfiguration[]> {
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
