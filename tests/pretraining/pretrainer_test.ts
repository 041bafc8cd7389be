import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { UserError } from "../../src/core/errors.ts";
import { runRound, smallConfig, smallPretrainer, syntheticCase } from "./_fixtures.ts";

for (
  const [name, changes] of Object.entries({
    "dense": {},
    "global, near views, symmetric": {
      projections: [{ kind: "global", maps: ["encoder1", "bottleneck"], grid: [2, 1, 1] }],
      views: "near",
      symmetric: true,
    },
    "encoder and decoder, the paper's denominator": {
      decoderLevel: 0,
      projections: [{ grid: [2, 2, 2], locations: 6 }, { maps: ["decoder1", "finest"], grid: [4, 1, 1], locations: 5 }],
      maskedDenominator: false,
    },
  })
) {
  Deno.test(`${name}: the tensor count is constant from step to step and round to round`, async () => {
    const pretrainer = await smallPretrainer(smallConfig(changes));
    const counts = new Set<number>();
    const remote = { peer: "other", round: 1, ...(await runRound(pretrainer, { round: 1, steps: 2 })).release };
    for (let round = 2; round < 4; round++) {
      await runRound(pretrainer, { round, steps: 3, remote: [remote] }, () => counts.add(tf.memory().numTensors));
      await pretrainer.health([syntheticCase(8), syntheticCase(9)]);
      pretrainer.setWeights(await pretrainer.weights());
      pretrainer.setState(await pretrainer.state());
      counts.add(tf.memory().numTensors);
    }
    assertEquals(counts.size, 1, `${[...counts]}`);
    pretrainer.dispose();
  });
}

Deno.test("disposing frees every tensor", async () => {
  await tf.setBackend("cpu");
  const before = tf.memory().numTensors;
  const pretrainer = await smallPretrainer();
  await runRound(pretrainer, { round: 1, steps: 2 });
  pretrainer.dispose();
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("every trained variable moves and the momentum network follows", async () => {
  const pretrainer = await smallPretrainer();
  const before = await pretrainer.weights();
  const result = await runRound(pretrainer, { round: 1, steps: 3 });
  const after = await pretrainer.weights();
  for (const [index, { name, data }] of before.entries()) {
    assertEquals(data.some((value, i) => value !== after[index].data[i]), true, name);
  }
  assertEquals(result.skipped, 0);
  assertEquals(result.release.partitions.length, 8);
  pretrainer.dispose();
});

Deno.test("position is learnt: neighbours in unseen subjects name the partition more often, and nothing collapses", async () => {
  const pretrainer = await smallPretrainer(smallConfig({
    learningRate: 0.01,
    projections: [{ maps: ["encoder1"], locations: 24, grid: [2, 2, 2] }],
    negatives: 64,
    queue: 256,
    augmentation: { geometry: { rotation: 0, scale: [1, 1] }, intensity: { gamma: [1, 1], invert: 0, blur: 0 } },
  }));
  const probes = [syntheticCase(8), syntheticCase(9)];
  const before = await pretrainer.health(probes);
  await runRound(pretrainer, { round: 1, steps: 40 });
  const after = await pretrainer.health(probes);
  assertEquals(
    after.neighbourAccuracy > before.neighbourAccuracy + 0.1,
    true,
    `${before.neighbourAccuracy} -> ${after.neighbourAccuracy}`,
  );
  assertEquals(after.collapsed, false);
  pretrainer.dispose();
});

Deno.test("what is averaged covers the encoder, the head and their momentum twins, which start alike on every site", async () => {
  const one = await smallPretrainer(), two = await smallPretrainer(smallConfig(), [syntheticCase(7)]);
  const weights = await one.weights();
  assertEquals(weights, await two.weights());
  const names = weights.map(({ name }) => name);
  const online = names.filter((name) => !name.startsWith("momentum/"));
  assertEquals(online.some((name) => name.startsWith("encoder/")), true);
  assertEquals(online.some((name) => name.startsWith("head0/")), true);
  assertEquals(names.length, 2 * online.length);
  for (const name of online) assertEquals(names.includes(`momentum/${name}`), true, name);
  assertEquals((await one.encoderWeights()).every(({ name }) => name.startsWith("encoder/")), true);
  one.dispose();
  two.dispose();
});

Deno.test("a checkpoint of weights and state goes on as the run that was not interrupted", async () => {
  const whole = await smallPretrainer(), resumed = await smallPretrainer();
  await runRound(whole, { round: 1, steps: 3 });
  resumed.setWeights(await whole.weights());
  resumed.setState(await whole.state());
  const [a, b] = [await runRound(whole, { round: 2, steps: 2 }), await runRound(resumed, { round: 2, steps: 2 })];
  assertEquals(b, a);
  assertEquals(await resumed.weights(), await whole.weights());
  whole.dispose();
  resumed.dispose();
});

Deno.test("remote features change what is learnt, malformed ones are refused and the round goes on", async () => {
  const alone = await smallPretrainer(), helped = await smallPretrainer();
  const release = (await runRound(alone, { round: 1, steps: 2 })).release;
  await runRound(helped, { round: 1, steps: 2 });
  const remote = [
    { peer: "good", round: 1, ...release },
    { peer: "bad", round: 1, features: release.features.map(() => NaN), partitions: release.partitions },
  ];
  const without = await runRound(alone, { round: 2, steps: 2 });
  const withRemote = await runRound(helped, { round: 2, steps: 2, remote });
  const message = "its features are refused: features of bad: every value must be finite";
  assertEquals(withRemote.remarks, [{ peer: "bad", message, isOffence: true }]);
  assertEquals(withRemote.meanLoss !== without.meanLoss, true);
  assertEquals((await runRound(helped, { round: 3, steps: 1, remote })).remarks, []); // told once
  alone.dispose();
  helped.dispose();
});

Deno.test("features older than the limit are not used, and that is told once, until new ones come", async () => {
  const alone = await smallPretrainer(smallConfig({ staleness: 1 }));
  const helped = await smallPretrainer(smallConfig({ staleness: 1 }));
  const { release } = await runRound(alone, { round: 1, steps: 1 });
  await runRound(helped, { round: 1, steps: 1, remote: [{ peer: "slow", round: 1, ...release }] });
  const remarks: string[] = [];
  for (const round of [2, 3, 4, 5]) {
    const remote = [{ peer: "slow", round: round < 5 ? 1 : 2, ...release }]; // handed over again, round after round
    if (round < 5) helped.setWeights(await alone.weights()), helped.setState(await alone.state());
    const [one, two] = [
      await runRound(alone, { round, steps: 1 }),
      await runRound(helped, { round, steps: 1, remote }),
    ];
    assertEquals(two.meanLoss !== one.meanLoss, round === 2 || round === 5, `round ${round}`);
    remarks.push(...two.remarks.map(({ peer, message }) => `${round} ${peer}: ${message}`));
  }
  assertEquals(remarks, [
    "3 slow: its features came more than 1 round(s) ago: they are not used until it sends new ones",
  ]);
  alone.dispose();
  helped.dispose();
});

Deno.test("a site that releases more than is kept of one is told once", async () => {
  const pretrainer = await smallPretrainer(smallConfig({ remoteQueue: 3 }));
  const { release } = await runRound(pretrainer, { round: 1, steps: 2 });
  const told = [];
  for (const round of [2, 3]) {
    told.push(...(await runRound(pretrainer, { round, steps: 1, remote: [{ peer: "a", round, ...release }] })).remarks);
  }
  assertEquals(told, [{
    peer: "a",
    message: "it released 8 features; 5 that repeat others, or are more than are kept of one site, are left out",
  }]);
  pretrainer.dispose();
});

Deno.test("a step with a spoilt volume is skipped and leaves the weights alone", async () => {
  const spoilt = syntheticCase(2);
  spoilt.image.fill(NaN);
  const pretrainer = await smallPretrainer(smallConfig({ volumes: 1 }), [syntheticCase(1), spoilt]);
  const losses: number[] = [];
  const result = await runRound(pretrainer, { round: 1, steps: 12 }, ({ loss }) => losses.push(loss));
  assertEquals(result.skipped, 6); // more than five, not in a row
  assertEquals(losses.filter(Number.isNaN).length, 6);
  assertEquals(Number.isFinite(result.meanLoss), true);
  assertEquals((await pretrainer.weights()).every(({ data }) => data.every(Number.isFinite)), true);
  pretrainer.dispose();
});

Deno.test("five skipped steps in a row end the round with a diagnosis", async () => {
  const spoilt = syntheticCase(2);
  spoilt.image[0] = Infinity;
  const pretrainer = await smallPretrainer(smallConfig({ patch: [12, 12, 12] }), [spoilt]);
  await assertRejects(
    () => runRound(pretrainer, { round: 1, steps: 9 }),
    UserError,
    "5 steps in a row gave no finite loss and gradients; the volume case 2 holds values that are not finite",
  );
  pretrainer.dispose();
  const sick = await smallPretrainer();
  sick.setWeights((await sick.weights()).map((vector) => ({ ...vector, data: vector.data.map(() => NaN) })));
  await assertRejects(
    () => runRound(sick, { round: 1, steps: 9 }),
    UserError,
    "are not finite: those that were loaded or averaged were not, or the learning rate of 0.000286 is too high",
  );
  sick.dispose();
});

Deno.test("rounds with views that are prepared ahead take the same course", async () => {
  const results = [];
  for (const ahead of [0, 2]) {
    const pretrainer = await smallPretrainer(smallConfig({ views: "near" }), undefined, { ahead });
    const rounds = [];
    for (const round of [1, 2]) rounds.push(await runRound(pretrainer, { round, steps: 3 }));
    results.push({ rounds, weights: await pretrainer.weights() });
    await pretrainer.dispose();
  }
  assertEquals(results[1], results[0]);
});

Deno.test("recomputed activations train the same way", async () => {
  const results = [];
  for (const recompute of [false, true]) {
    const pretrainer = await smallPretrainer(smallConfig({ decoderLevel: 0 }), undefined, { recompute });
    results.push([await runRound(pretrainer, { round: 1, steps: 3 }), await pretrainer.weights()]);
    pretrainer.dispose();
  }
  assertEquals(results[1], results[0]);
});

Deno.test("patience decides how many skipped steps end the round", async () => {
  const spoilt = syntheticCase(2);
  spoilt.image.fill(NaN);
  const pretrainer = await smallPretrainer(smallConfig(), [spoilt], { patience: 2 });
  let steps = 0;
  await assertRejects(() => runRound(pretrainer, { round: 1, steps: 9 }, () => steps++), UserError, "2 steps in a row");
  assertEquals(steps, 1);
  pretrainer.dispose();
});

Deno.test("an abort ends the round between two steps", async () => {
  const pretrainer = await smallPretrainer();
  const controller = new AbortController();
  let steps = 0;
  const run = runRound(pretrainer, { round: 1, steps: 50, signal: controller.signal }, () => {
    if (++steps === 2) controller.abort();
  });
  await assertRejects(() => run, DOMException);
  assertEquals(steps, 2);
  pretrainer.dispose();
});

Deno.test("health is the same at every call and is that of volumes from several subjects", async () => {
  const pretrainer = await smallPretrainer();
  const probes = [syntheticCase(8), syntheticCase(9)];
  const health = await pretrainer.health(probes);
  assertEquals(await pretrainer.health(probes), health);
  assertEquals(health.rows, 24 * 6);
  assertEquals(health.effectiveRank >= 1 && health.effectiveRank <= 8, true);
  assertEquals(health.neighbourAccuracy >= 0 && health.neighbourAccuracy <= 1, true);
  pretrainer.dispose();
});

Deno.test("no volume, weights that lack and state of another form are refused", async () => {
  await assertRejects(() => smallPretrainer(smallConfig(), []), UserError, "at least one volume");
  const pretrainer = await smallPretrainer();
  assertThrows(() => pretrainer.setWeights([]), RangeError, "is missing");
  assertThrows(() => pretrainer.setState([]), RangeError, "must hold bank/features");
  pretrainer.dispose();
});
