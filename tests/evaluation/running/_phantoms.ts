/** Two sites of phantoms that are small enough to pre-train on in a second. */
import { join } from "@std/path";
import { openDataset } from "../../../src/data/datasets/registry.ts";
import { splitFolds } from "../../../src/data/folds.ts";
import { type Method, methodNamed, parseProtocol } from "../../../src/evaluation/protocol/protocol.ts";
import { parseUNetConfig } from "../../../src/model/config.ts";
import { planMethod } from "../../../src/planning/network.ts";
import { givePhantoms } from "../../_phantoms.ts";
import { withFolder } from "../../data/_files.ts";

/** Opened for one test. */
export type Phantoms = Awaited<ReturnType<typeof openPhantoms>>;

async function openPhantoms(directory: string) {
  const data = join(directory, "data");
  await givePhantoms(data, { sites: 2, casesPerSite: 4 });
  const dataset = await openDataset(data);
  const [fold] = splitFolds(dataset.cases, { folds: 4, seed: 1, probe: 1 });
  const { spacing, patch, pool } = await planMethod(dataset.cases, { levels: 2, voxelBudget: 2000, patchVoxels: 1000 });
  const network = parseUNetConfig({
    classes: dataset.labels.size + 1,
    baseFilters: 4,
    levels: 2,
    norm: "instance",
    pool,
  });
  return { dataset, fold, plan: { spacing }, patch, network, out: join(directory, "out") };
}

/** Runs `test` with phantoms in a folder that is removed after it. */
export function withPhantoms(test: (phantoms: Phantoms) => Promise<void>): Promise<void> {
  return withFolder(async (directory) => await test(await openPhantoms(directory)));
}

/** A method of one round of two steps, without the recipe of the defaults; `variant` says what is other. */
export function smallMethod(variant: Record<string, unknown> = {}, name = "own"): Method {
  const protocol = parseProtocol({
    schedule: { rounds: 1, stepsPerRound: 2, exchanges: 2 },
    pretrain: { volumes: 2 },
    fineTune: { steps: 4, rounds: 2, augmentation: "default", keepLargest: false, unlabelled: null },
    methods: { own: { objective: "fcl", ...variant } },
  }, "p.json");
  return methodNamed(name, protocol, "p.json");
}
