/**
 * One seed of the attacks on weights in a process of its own: takes an `UpdateRun` as JSON, prints an `UpdateResult`.
 *
 * @module
 */
import { Rng } from "../../src/core/rng.ts";
import { median } from "../../src/core/statistics.ts";
import { openDataset } from "../../src/data/datasets/registry.ts";
import { prepareCase, type PreparedCase } from "../../src/data/prepare.ts";
import { startEngine } from "../../src/engine/engine.ts";
import { parseUNetConfig } from "../../src/model/config.ts";
import { noiseDeviation, rhoFor } from "../../src/peer/policy/gaussian_mechanism.ts";
import { planMethod } from "../../src/planning/network.ts";
import { parsePretrainConfig } from "../../src/pretraining/configuration.ts";
import { runProcess, type Timed } from "../_run_process.ts";
import { alignments, dot, invertUpdates, type Known, meanVector, without } from "./_update_attacks.ts";
import {
  DELTA,
  type Sight,
  type SightResult,
  sights,
  UPDATE_BUDGET,
  type UpdateResult,
  type UpdateRun,
} from "./_update_study.ts";
import { coarse, UpdateMaker } from "./_updates.ts";

const { own: OWN, outsiders: OUTSIDERS, trained: TRAINED, begun, steps, simulated, candidateSteps, extent } =
  UPDATE_BUDGET;
const LEVELS = 3;

/** A site that is looked at, by how many volumes it trains on. */
interface Victim {
  readonly volumes: readonly PreparedCase[];
  readonly update: Float32Array;
}

/** Volumes and what makes updates of them. */
async function open({ data, seed }: UpdateRun) {
  const { name, detail } = await startEngine({ engine: "wasm", threads: 1 });
  const dataset = await openDataset(data);
  const { voxels: voxelBudget, patchVoxels } = UPDATE_BUDGET;
  const { spacing, patch, pool } = await planMethod(dataset.cases, { voxelBudget, patchVoxels, levels: LEVELS });
  const drawn = new Rng(seed).fork("volumes").shuffle(dataset.cases);
  const prepared: PreparedCase[] = [];
  for (const reference of drawn) prepared.push(await prepareCase(reference, { spacing }, dataset));
  const network = parseUNetConfig({
    classes: dataset.labels.size + 1,
    baseFilters: 8,
    levels: LEVELS,
    norm: "instance",
    pool,
  });
  const maker = new UpdateMaker({ config: parsePretrainConfig({ patch }), network, seed });
  return { prepared, maker, engine: `${name} (${detail}, 1 thread)` };
}

/** Each update shortened to `clip`, with the noise of `policy.weights`. */
function protect(update: Float32Array, { clip, deviation, rng }: { clip: number; deviation: number; rng: Rng }) {
  const factor = Math.min(1, clip / Math.sqrt(dot(update, update)));
  return update.map((value) => factor * value + (deviation > 0 ? deviation * rng.normal() : 0));
}

async function carryOut(run: UpdateRun): Promise<Omit<UpdateResult, keyof Timed>> {
  const { seed } = run;
  const startedAt = performance.now();
  const tell = (what: string) => console.error(`${((performance.now() - startedAt) / 1000).toFixed(0)} s: ${what}`);
  const { prepared, maker, engine } = await open(run);
  const own = prepared.slice(0, OWN), outsiders = prepared.slice(OWN, OWN + OUTSIDERS);
  const trained = prepared.slice(OWN + OUTSIDERS, OWN + OUTSIDERS + TRAINED);
  tell("beginning");
  await maker.begin(own, begun);
  tell("the sites' updates");
  const victims = new Map<number, Victim[]>();
  for (const volumes of new Set(sights.map(({ volumes }) => volumes))) {
    const each: Victim[] = [];
    for (let site = 0; (site + 1) * volumes <= trained.length; site++) {
      const theirs = trained.slice(volumes * site, volumes * (site + 1));
      each.push({
        volumes: theirs,
        update: await maker.update(theirs, { steps, stream: `site ${site} of ${volumes}` }),
      });
    }
    victims.set(volumes, each);
  }
  tell("the attacker's updates");
  const rng = new Rng(seed).fork("attacker");
  const known = await simulate(maker, own, rng);
  tell("candidates' updates");
  const candidates = new Map<PreparedCase, Float32Array>();
  for (const volume of [...trained, ...outsiders]) {
    candidates.set(volume, await maker.update([volume], { steps: candidateSteps, stream: `candidate ${volume.id}` }));
  }
  tell("attacking");
  const results: SightResult[] = [];
  for (const sight of sights) {
    results.push(await look(sight, { victims: victims.get(sight.volumes)!, outsiders, candidates, known, rng }));
  }
  return { seed, engine, values: known.get(1)!.common.length, sights: results };
}

/** The attacker's own updates by how many volumes each is made of. */
async function simulate(maker: UpdateMaker, own: readonly PreparedCase[], rng: Rng): Promise<Map<number, Known>> {
  const known = new Map<number, Known>();
  for (const count of new Set(sights.map(({ volumes }) => volumes))) {
    const [updates, targets]: Float32Array[][] = [[], []];
    for (let k = 0; k < simulated; k++) {
      const volumes = rng.shuffle(own).slice(0, count);
      updates.push(await maker.update(volumes, { steps, stream: `simulated ${k} of ${count}` }));
      targets.push(meanVector(volumes.map((volume) => coarse(volume, extent))));
    }
    known.set(count, { updates, targets, common: meanVector(updates) });
  }
  return known;
}

/** Both attacks on what one sight shows. */
async function look(
  { name, volumes, among, epsilon }: Sight,
  { victims, outsiders, candidates, known: byVolumes, rng }: {
    victims: readonly Victim[];
    outsiders: readonly PreparedCase[];
    candidates: ReadonlyMap<PreparedCase, Float32Array>;
    known: ReadonlyMap<number, Known>;
    rng: Rng;
  },
): Promise<SightResult> {
  const known = byVolumes.get(volumes)!;
  const length = (update: Float32Array) => Math.sqrt(dot(update, update));
  // what the sites would choose from their own training: half of the updates are shortened
  const clip = epsilon === null ? Infinity : median(victims.map(({ update }) => length(update)));
  const deviation = epsilon === null ? 0 : noiseDeviation(rhoFor({ epsilon, delta: DELTA }), clip);
  const shown = victims.map(({ update }) => protect(update, { clip, deviation, rng }));
  const direction = new Map([...candidates].map(([volume, update]) => [volume, without(update, known.common)]));
  const membership: SightResult["membership"][number][] = [];
  const seen: Float32Array[] = [];
  for (let first = 0; first < victims.length; first += among) {
    const group = victims.slice(first, first + among);
    const one = without(meanVector(shown.slice(first, first + among)), known.common);
    seen.push(one);
    const scores = (of: readonly PreparedCase[]) => alignments(one, of.map((volume) => direction.get(volume)!));
    const members = group.flatMap(({ volumes }) => volumes);
    membership.push({ members: scores(members), nonMembers: scores(outsiders) });
  }
  const guesses = await invertUpdates(seen, known);
  const middle = meanVector(known.targets);
  const truths = victims.map(({ volumes }) => meanVector(volumes.map((volume) => coarse(volume, extent))));
  const error = sum(truths.map((truth, site) => squared(guesses[Math.floor(site / among)], truth)));
  const meanError = sum(truths.map((truth) => squared(middle, truth)));
  const noise = epsilon === null ? 0 : deviation * Math.sqrt(known.common.length) / clip;
  return { name, membership, error, meanError, noise };
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const squared = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, i) => sum + (value - b[i]) ** 2, 0);

await runProcess<UpdateRun, UpdateResult>(carryOut);
