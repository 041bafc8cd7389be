import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { Attack } from "../../src/mesh/averaging/simulation/attacks.ts";
import { ReleasePolicy } from "../../src/peer/policy/release_policy.ts";
import type { RemoteFeatures } from "../../src/core/features.ts";
import { openAveraging, type SitesAveragingOptions } from "../../src/studies/averaging.ts";
import { Consortium, type ConsortiumSite, type SiteTraining } from "../../src/studies/consortium.ts";

const LENGTH = 4;

/** Adds `step` to every value, and releases one feature that names it. */
class Adding implements SiteTraining {
  own = new Float32Array(LENGTH);
  /** Who had released what it was given, by round. */
  readonly remote: string[][] = [];
  readonly #step: number;

  constructor(step: number) {
    this.#step = step;
  }

  train(_: number, remote: readonly RemoteFeatures[]) {
    this.remote.push(remote.map(({ peer, round }) => `${peer} ${round}`));
    const release = { features: Float32Array.of(2, 0), partitions: Int32Array.of(this.#step) };
    return Promise.resolve({ vector: this.own.map((value) => value + this.#step), loss: this.#step, release });
  }

  adopt(_: number, vector: Float32Array) {
    this.own = Float32Array.from(vector);
  }
}

const averaging = (masses: number[], changes: Partial<SitesAveragingOptions> = {}) =>
  openAveraging({
    ...{ mixing: "gossip", averaging: { topology: "complete" }, layout: [{ name: "w", shape: [LENGTH] }], masses },
    ...{ exchanges: 1, rounds: 9, seed: 1, ...changes },
  });

function sitesOf(trainings: readonly (Adding | undefined)[], policy?: ReleasePolicy): ConsortiumSite[] {
  return trainings.map((training, site) => ({
    name: `site-${site + 1}`,
    training,
    policy,
    vector: new Float32Array(LENGTH),
  }));
}

Deno.test("each trains with what the others released the round before, and all have the mean afterwards", async () => {
  const trainings = [new Adding(1), new Adding(2), new Adding(6)];
  const consortium = new Consortium(sitesOf(trainings), averaging([1, 1, 1]));
  const told = [await consortium.round(1), await consortium.round(2)];
  assertEquals(trainings.map(({ remote }) => remote), [
    [[], ["site-2 1", "site-3 1"]],
    [[], ["site-1 1", "site-3 1"]],
    [[], ["site-1 1", "site-2 1"]],
  ]);
  for (const { own } of trainings) own.forEach((value) => assertAlmostEquals(value, 2 * 3, 1e-6));
  assertEquals(told.map(({ loss, refused }) => [loss, refused]), [[3, []], [3, []]]);
  assertAlmostEquals(told[1].consensus, 0, 1e-6);
  assertEquals(consortium.bytes.features, 0); // nothing was encoded
  assert(consortium.bytes.weights > 2 * 6 * 4 * LENGTH);
});

Deno.test("features pass the site's policy, and travel as the wire has them to those that are there", async () => {
  const free = { featuresPerRound: 2048, noise: null, totalEpsilon: null };
  const open = new Consortium(sitesOf([new Adding(1), new Adding(2)], new ReleasePolicy(free, "")), averaging([1, 1]));
  await open.round(1);
  assertEquals(open.released.map((one) => one?.features), [Float32Array.of(1, 0), Float32Array.of(1, 0)]); // of norm 1
  assertEquals(open.bytes.features, 2 * (8 + 2 * 4 + 4));
  await open.round(2, [0]); // nobody is there to receive
  assertEquals(open.bytes.features, 2 * (8 + 2 * 4 + 4));
  const none = { ...free, featuresPerRound: 0 };
  const shut = new Consortium(sitesOf([new Adding(1), new Adding(2)], new ReleasePolicy(none, "")), averaging([1, 1]));
  await shut.round(1);
  assertEquals([shut.released, shut.bytes.features], [[undefined, undefined], 0]);
});

Deno.test("who is away keeps what it has and releases nothing; the others go on", async () => {
  const trainings = [new Adding(1), new Adding(2), new Adding(3)];
  const consortium = new Consortium(sitesOf(trainings), averaging([1, 1, 1]));
  const { loss, consensus } = await consortium.round(1, [0, 2]);
  assertEquals([loss, consensus], [2, 0]);
  assertEquals(trainings.map(({ own }) => own[0]), [2, 0, 2]);
  await consortium.round(2);
  assertEquals(trainings[1].remote, [["site-1 1", "site-3 1"]]);
});

Deno.test("a consortium goes on from what an earlier one had released and sent", async () => {
  const whole = [new Adding(1), new Adding(2)], cut = [new Adding(1), new Adding(2)];
  const uncut = new Consortium(sitesOf(whole), averaging([1, 1]));
  for (const round of [1, 2]) await uncut.round(round);
  const first = new Consortium(sitesOf(cut), averaging([1, 1]));
  await first.round(1);
  const begun = sitesOf(cut).map((site, index) => ({ ...site, vector: cut[index].own }));
  const second = new Consortium(begun, averaging([1, 1]), first);
  await second.round(2);
  assertEquals(cut, whole);
  assertEquals(second.bytes, uncut.bytes);
});

Deno.test("liars need no training: the attack speaks for them, and who refuses whom is counted by place", async () => {
  const attack = new Attack({ name: "sign-flip", peers: 5, byzantine: 1, seed: 3 });
  const [liar] = [0, 1, 2, 3, 4].filter((site) => !attack.honest.includes(site));
  const trainings = [0, 1, 2, 3, 4].map((site) => site === liar ? undefined : new Adding(1));
  const settings = { topology: "complete", rule: "balance" };
  const consortium = new Consortium(sitesOf(trainings), averaging([1, 1, 1, 1, 1], { averaging: settings, attack }));
  const { loss, refused } = await consortium.round(1);
  assertEquals([loss, refused], [1, [liar, liar, liar, liar]]);
  for (const site of attack.honest) assertEquals(trainings[site]!.own, new Float32Array(LENGTH).fill(1));
  assertEquals(
    consortium.released.map((one) => one?.peer).filter((peer) => peer),
    attack.honest.map((site) => `site-${site + 1}`),
  );
  const mean = new Consortium(sitesOf(trainings), averaging([1, 1, 1, 1, 1], { attack }));
  await mean.round(1);
  assert(trainings[attack.honest[0]]!.own[0] < 1.5); // carried off
});

Deno.test("a site that was away goes on from what another has come to, and counts by its mass from then on", async () => {
  const trainings = [new Adding(1), new Adding(1), new Adding(5)];
  const consortium = new Consortium(sitesOf(trainings), averaging([1, 1, 0.02], { mixing: "central" }));
  await consortium.round(1, [0, 1]);
  assertEquals(trainings.map(({ own }) => own[0]), [1, 1, 0]);
  await consortium.follow(1, 2, 0);
  assertEquals(trainings[2].own, trainings[0].own);
  await consortium.round(2);
  for (const { own } of trainings) assertAlmostEquals(own[0], 1 + (2 * 1 + 0.02 * 5) / 2.02, 1e-6);
});
