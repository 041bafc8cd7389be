import { assert, assertEquals, assertRejects } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { openDataset } from "../../../src/data/datasets/registry.ts";
import { writePhantomCohort } from "../../../src/data/phantom/cohort.ts";
import { prepareCase } from "../../../src/data/prepare.ts";
import { startEngine } from "../../../src/engine/engine.ts";
import { parseUNetConfig } from "../../../src/model/config.ts";
import { measureTraining } from "../../../src/planning/measuring/measure_training.ts";
import { parsePretrainConfig } from "../../../src/pretraining/configuration.ts";
import { withFolder } from "../../data/_files.ts";

Deno.test("each kind of training is measured by its name, and no tensor is left", () =>
  withFolder(async (directory) => {
    await startEngine({ engine: "wasm", threads: 1 });
    await writePhantomCohort(directory, { sites: 1, casesPerSite: 2 });
    const dataset = await openDataset(directory);
    const patch = [8, 8, 8] as const;
    const training = [];
    for (const reference of dataset.cases) {
      training.push(await prepareCase(reference, { spacing: [8, 8, 8] }, dataset));
    }
    const before = tf.memory().numTensors;
    const options = {
      network: parseUNetConfig({ classes: 4, baseFilters: 4, levels: 2, norm: "instance", pool: [[2, 2, 2]] }),
      ...{ patch, training, scheme: dataset, seconds: 0 },
      pretrain: { fcl: parsePretrainConfig({ patch }) },
      fineTune: { plain: { steps: 1 }, slow: { steps: 1, batch: 8 } },
    };
    const labelled = { prepared: training[0], reference: dataset.cases[0] };
    const { pretrain, fineTune, test } = await measureTraining({ ...options, labelled });
    const { step, round, health } = pretrain.fcl;
    assert([step, health, test, fineTune.plain, fineTune.slow].every((seconds) => seconds > 0 && seconds < 60));
    assert(round >= 0 && round < 60); // what a step took goes off it
    assertEquals(tf.memory().numTensors, before);
    const without = await measureTraining({ ...options, training: training.slice(1), fineTune: {} });
    assertEquals([without.pretrain.fcl.health, without.fineTune, without.test], [0, {}, 0]);
    await assertRejects(() => measureTraining({ ...options, pretrain: {} }), RangeError, "a labelled case");
  }));
