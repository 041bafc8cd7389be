/** Sites without labels among those that fine-tune together: one that knows nothing does not spoil the others. */
import { assert } from "@std/assert";
import { Rng } from "../../src/core/rng.ts";
import { flatten, layoutOf } from "../../src/core/vectors.ts";
import type { PreparedCase } from "../../src/data/prepare.ts";
import { startEngine } from "../../src/engine/engine.ts";
import { parseUNetConfig } from "../../src/model/config.ts";
import type { UNet } from "../../src/model/unet.ts";
import { fineTuningMass, joinsAfter } from "../../src/peer/fine_tuning_part.ts";
import { predictProbabilities } from "../../src/segmentation/inference.ts";
import { openFineTuning } from "../../src/segmentation/site_fine_tuning.ts";
import { openAveraging } from "../../src/studies/averaging.ts";
import { Consortium } from "../../src/studies/consortium.ts";
import { fineTuning } from "../../src/studies/trainings/fine_tuner.ts";
import { ballCase } from "../segmentation/_balls.ts";

const PATCH = [8, 8, 8] as const, STEPS = 40, ROUNDS = 8, LABELLED = [0, 1, 2];
const network = parseUNetConfig({ classes: 3, baseFilters: 4, levels: 2, norm: "instance", pool: [[2, 2, 2]] });
const UNLABELLED = {
  ...{ variant: "mean-teacher", weight: 1, ramp: 0.25, threshold: 0.8, batch: 2, largest: false },
  ...{ mass: 0.01, joinAfter: 0.3 },
};

/** A case whose voxels are changed, without its labels unless they are kept. */
function changed(seed: number, change: (value: number, rng: Rng) => number, { keep = false } = {}): PreparedCase {
  const rng = new Rng(seed).fork("voxels"), { label, ...prepared } = ballCase(`case-${seed}`, seed);
  return { ...prepared, image: prepared.image.map((value) => change(value, rng)), ...(keep && { label }) };
}

const hazy = (value: number, rng: Rng) => value + rng.normal();

/** Mean Dice of both structures in volumes that nobody has seen. */
async function diceOf(unet: UNet): Promise<number> {
  let sum = 0;
  for (const seed of [50, 51]) {
    const prepared = changed(seed, hazy, { keep: true });
    const probabilities = await predictProbabilities(unet, prepared, { patch: PATCH });
    for (const label of [1, 2]) {
      let both = 0, either = 0;
      prepared.label!.forEach((truth, voxel) => {
        const [first, second, third] = probabilities.subarray(3 * voxel, 3 * voxel + 3);
        const predicted = third > Math.max(first, second) ? 2 : second > first ? 1 : 0;
        both += Number(truth === label && predicted === label);
        either += Number(truth === label) + Number(predicted === label);
      });
      sum += 2 * both / either / 4;
    }
  }
  return sum;
}

/** What three sites with a label each come to, beside a fourth that has such volumes and no label, if there is one. */
async function labelledDice(fourth?: readonly PreparedCase[], changes: Partial<typeof UNLABELLED> = {}) {
  const settings = { steps: STEPS, rounds: ROUNDS, batch: 2, unlabelled: { ...UNLABELLED, ...changes } };
  const labelled = LABELLED.map((site) => ({
    cases: [changed(10 + site, hazy, { keep: true })],
    unlabelled: [changed(20 + site, hazy)],
  }));
  const data = fourth ? [...labelled, { cases: [], unlabelled: fourth }] : labelled;
  const opened = data.map((own, site) =>
    openFineTuning({ ...own, network, settings, seed: 3, site: `site-${site}`, patch: PATCH })
  );
  try {
    const weights = await Promise.all(opened.map(({ tuner }) => tuner.weights()));
    const layout = layoutOf(weights[0]);
    const sites = opened.map(({ tuner }, site) => ({
      name: `site-${site}`,
      vector: flatten(weights[site]),
      training: fineTuning(tuner, { ...settings, layout }),
    }));
    const masses = data.map(({ cases, unlabelled }) => {
      return fineTuningMass({ training: cases.length + unlabelled.length, labelled: cases.length }, settings);
    });
    const averaging = { topology: "complete" };
    const options = { mixing: "gossip", averaging, layout, masses, exchanges: 1, rounds: ROUNDS, seed: 1 } as const;
    const consortium = new Consortium(sites, openAveraging(options));
    for (let round = 1; round <= ROUNDS; round++) {
      const joins = joinsAfter(settings);
      await consortium.round(round, fourth && round > joins ? [...LABELLED, 3] : LABELLED);
      if (fourth && round === joins) await consortium.follow(round, 3, 0);
    }
    let sum = 0;
    for (const site of LABELLED) sum += await diceOf(opened[site].unet) / LABELLED.length;
    return sum;
  } finally {
    for (const { dispose } of opened) await dispose();
  }
}

Deno.test("a site of noise, or of another organ, does not spoil what those with labels come to; its mass and the threshold see to it", async () => {
  await startEngine({ engine: "wasm", threads: 1 });
  const eight = (change: (value: number, rng: Rng) => number) =>
    Array.from({ length: 8 }, (_, index) => changed(40 + index, change));
  const noise = eight((_, rng) => rng.normal());
  const without = await labelledDice();
  const withNoise = await labelledDice(noise);
  const withOther = await labelledDice(eight((value) => -value)); // what was bright is dark
  const unguarded = await labelledDice(noise, { mass: 1, threshold: 0 });
  const told = JSON.stringify({ without, withNoise, withOther, unguarded });
  assert(without > 0.6, told);
  assert(withNoise > without - 0.02 && withOther > without - 0.02, told);
  assert(unguarded < without - 0.05, told);
});
