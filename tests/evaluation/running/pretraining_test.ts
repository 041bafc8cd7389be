import { assert, assertAlmostEquals, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import * as tf from "@tensorflow/tfjs";
import { UserError } from "../../../src/core/errors.ts";
import { flatten } from "../../../src/core/vectors.ts";
import { startEngine } from "../../../src/engine/engine.ts";
import {
  type PretrainedSites,
  pretrainSites,
  type PretrainSitesOptions,
} from "../../../src/evaluation/running/pretraining.ts";
import type { PretrainingRound } from "../../../src/evaluation/running/pretraining_options.ts";
import { readLatestCheckpoint, writeCheckpoint } from "../../../src/model/checkpoint.ts";
import { type EvaluationSite, prepareSites } from "../../../src/evaluation/running/sites.ts";
import { type Phantoms, smallMethod, withPhantoms } from "./_phantoms.ts";

interface Trained extends PretrainedSites {
  told: PretrainingRound[];
}

/** Pre-trains the sites of the phantoms with changes to a small method. */
type Train = (variant?: Record<string, unknown>, changes?: Partial<PretrainSitesOptions>) => Promise<Trained>;

function withSites(test: (train: Train, sites: EvaluationSite[], phantoms: Phantoms) => Promise<void>) {
  return withPhantoms(async (phantoms) => {
    await startEngine({ engine: "wasm", threads: 1 });
    const { dataset, fold, plan, network, patch, out } = phantoms;
    const sites = await prepareSites(dataset, fold, plan);
    const train: Train = async (variant, changes) => {
      const common = { network, patch, seed: 7, directory: out, digest: "abc" };
      const training = pretrainSites(sites, { method: smallMethod(variant), ...common, ...changes });
      const told: PretrainingRound[] = [];
      let next = await training.next();
      for (; !next.done; next = await training.next()) told.push(next.value);
      return { ...next.value, told, seconds: 0 }; // of the clock alone
    };
    await test(train, sites, phantoms);
  });
}

Deno.test("sites pre-train alike twice, otherwise with another seed, and no tensor is left", () =>
  withSites(async (train, sites) => {
    const before = tf.memory().numTensors;
    const once = await train();
    assertEquals(tf.memory().numTensors, before);
    assertEquals(await train(), once);
    assertNotEquals((await train({}, { seed: 8 })).weights, once.weights);
    assertEquals(once.told.map(({ round, rounds }) => [round, rounds]), [[1, 1]]);
    assert(once.told[0].loss > 0);
    assertEquals([once.weights.length, once.health.length], [sites.length, 2]);
    for (const health of once.health) assert(health!.rows > 0);
    const names = once.weights[0].map(({ name }) => name);
    assert(names.some((name) => name.startsWith("encoder/")), names.join(", "));
  }));

Deno.test("weights are mixed among peers or in one place, or not at all where sites train alone", () =>
  withSites(async (train) => {
    const [gossip, central, local] = [
      await train(),
      await train({ mixing: "central" }),
      await train({ objective: "local" }),
    ];
    for (const { weights: [first, second], consensus, bytes } of [gossip, central]) {
      assertAlmostEquals(consensus, 0, 1e-6); // two sites: one exchange is the mean
      const other = flatten(second);
      flatten(first).forEach((value, i) => assertAlmostEquals(value, other[i], 1e-5));
      assert(bytes.weights > 4 * other.length);
    }
    const expected = flatten(central.weights[0]);
    flatten(gossip.weights[0]).forEach((value, i) => assertAlmostEquals(value, expected[i], 1e-5));
    assertEquals(local.bytes, { weights: 0, features: 0 });
    assert(local.consensus > 1e-3);
    assertNotEquals(local.weights[0], local.weights[1]);
  }));

Deno.test("features are sent by what releases some, and are learnt from in the next round", () =>
  withSites(async (train) => {
    const schedule = { rounds: 2 };
    const fcl = await train({ schedule });
    assert(fcl.bytes.features > 0);
    const none = await train({ schedule, policy: { featuresPerRound: 0 } });
    assertEquals(none.bytes.features, 0);
    assertEquals(none.told[0], fcl.told[0]);
    assertNotEquals(none.told[1].loss, fcl.told[1].loss);
    const fewer = await train({ schedule, policy: { featuresPerRound: 10 } });
    assert(fewer.bytes.features > 0 && fewer.bytes.features < fcl.bytes.features);
    const moco = await train({ objective: "moco", schedule });
    assertEquals(moco.bytes.features, 0);
    assert(moco.bytes.weights > 0);
  }));

Deno.test("a site that leaves keeps what it had, and the others go on without it", () =>
  withSites(async (train) => {
    const pretrain = { decaySteps: 10, volumes: 2 }; // the same rate, however many rounds there are
    const one = await train({ pretrain });
    const left = await train({ pretrain, schedule: { rounds: 3 }, leaves: { site: 2, round: 1 } });
    assertEquals(left.weights[1], one.weights[1]);
    assertEquals(left.health[1], one.health[1]);
    assertNotEquals(left.weights[0], one.weights[0]);
    assertEquals(left.bytes, one.bytes); // nobody is there any more to send anything to
    assertEquals(left.told.map(({ consensus }) => consensus), [one.consensus, 0, 0]);
  }));

Deno.test("noise is paid for until the budget is spent, and a pre-training that begins anew begins with all of it", () =>
  withSites(async (train, _, { out }) => {
    const noise = { epsilon: 1, delta: 1e-5 };
    const noisy = (totalEpsilon: number, rounds = 3) =>
      train({ schedule: { rounds, stepsPerRound: 1 }, policy: { noise, totalEpsilon } });
    const rich = await noisy(100), poor = await noisy(1);
    assertEquals(poor.bytes.features, (await noisy(100, 1)).bytes.features); // one release
    assert(rich.bytes.features > poor.bytes.features);
    assertEquals(await noisy(1), poor);
    for (const site of [1, 2]) {
      const { releases } = JSON.parse(await Deno.readTextFile(join(out, `privacy-${site}.json`)));
      assertEquals(releases, 1);
    }
  }));

Deno.test("without probes there is no health", () =>
  withPhantoms(async ({ dataset, fold, plan, network, patch, out }) => {
    await startEngine({ engine: "wasm", threads: 1 });
    const sites = (await prepareSites(dataset, fold, plan)).map((site) => ({ ...site, probe: [] }));
    const training = pretrainSites(sites, {
      method: smallMethod(),
      network,
      patch,
      seed: 1,
      directory: out,
      digest: "",
    });
    let next = await training.next();
    while (!next.done) next = await training.next();
    assertEquals(next.value.health, [null, null]);
  }));

for (
  const [title, variant] of [
    ["with features and noise", { policy: { noise: { epsilon: 1, delta: 1e-5 }, totalEpsilon: 4 } }],
    ["over compressed links, and with a site that leaves", {
      averaging: { compression: "int8" },
      leaves: { site: 2, round: 3 },
    }],
  ] as const
) {
  Deno.test(`a pre-training ${title} that is killed twice comes to what one comes to that is not`, () =>
    withSites(async (train, sites, { network, patch, out }) => {
      const schedule = { rounds: 5, stepsPerRound: 1 };
      const method = smallMethod({ schedule, ...variant });
      const whole = await train({ schedule, ...variant }, { every: 2, directory: join(out, "whole") });
      const options = { method, network, patch, seed: 7, directory: join(out, "cut"), digest: "abc", every: 2 };
      const told: PretrainingRound[] = [];
      const before = tf.memory().numTensors;
      for (const last of [4, 4]) { // with round 2 kept, then in the same place again
        for await (const one of pretrainSites(sites, options)) {
          told.push(one);
          if (one.round === last) break;
        }
      }
      assertEquals(tf.memory().numTensors, before);
      assertEquals(told.map(({ round }) => round), [1, 2, 3, 4, 3, 4]);
      const rest = await train({ schedule, ...variant }, { every: 2, directory: join(out, "cut") });
      assertEquals(rest.told.map(({ round }) => round), [3, 4, 5]);
      assertEquals([...told.slice(0, 2), ...rest.told], whole.told);
      assertEquals({ ...rest, told: [] }, { ...whole, told: [] });
      if ("policy" in variant) {
        const [one, other] = await Promise.all(
          ["whole", "cut"].map((name) => Deno.readTextFile(join(out, name, "privacy-1.json"))),
        );
        assertEquals(other, one); // rounds that were run again were paid for once
      }
      await assertRejects(
        () => train({ schedule, ...variant }, { every: 2, directory: join(out, "cut"), digest: "abd" }),
        UserError,
        "must come from the same protocol and data",
      );
    }));
}

Deno.test("what is kept on the way rounds what follows, and no more, where nothing is compressed", () =>
  withSites(async (train, _, { out }) => {
    const schedule = { rounds: 3, stepsPerRound: 1 };
    const often = await train({ schedule }, { every: 1, directory: join(out, "often") });
    const never = await train({ schedule }, { directory: join(out, "never") });
    assertEquals(often.told[0], never.told[0]);
    assertAlmostEquals(often.told[2].loss, never.told[2].loss, 1e-2);
    const expected = flatten(never.weights[0]);
    const [apart, norm] = flatten(often.weights[0]).reduce(
      ([apart, norm], value, i) => [apart + (value - expected[i]) ** 2, norm + value ** 2],
      [0, 0],
    );
    assert(apart > 0 && Math.sqrt(apart / norm) < 1e-3, `${Math.sqrt(apart / norm)}`);
  }));

Deno.test("a state on the way is one file, and one of an earlier version is refused in one sentence", () =>
  withSites(async (train, sites, { network, patch, out }) => {
    const method = smallMethod({ schedule: { rounds: 5, stepsPerRound: 1 } });
    const options = { method, network, patch, seed: 7, directory: out, digest: "abc", every: 1 };
    for await (const { round } of pretrainSites(sites, options)) if (round === 3) break;
    const folder = join(out, "rounds");
    assertEquals((await Array.fromAsync(Deno.readDir(folder))).length, 1);
    const found = (await readLatestCheckpoint(folder))!;
    const { format, ...state } = found.state as { format: number };
    assertEquals(format, 2);
    await writeCheckpoint(folder, { vectors: found.vectors, state });
    await assertRejects(
      () => train({ schedule: { rounds: 5, stepsPerRound: 1 } }),
      UserError,
      "going on with a pre-training: it must have been begun by this version; remove the folder",
    );
  }));
