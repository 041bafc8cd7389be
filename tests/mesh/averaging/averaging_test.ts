/** Topologies, compressors and rules as real nodes use them, over loopback. */
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { UserError } from "../../../src/core/errors.ts";
import { Rng } from "../../../src/core/rng.ts";
import type { Layout } from "../../../src/core/vectors.ts";
import { compressors } from "../../../src/mesh/averaging/compression/compressors.ts";
import type { AveragingSettings } from "../../../src/mesh/averaging/settings.ts";
import { topologies } from "../../../src/mesh/averaging/topologies/topologies.ts";
import type { Mesh } from "../../../src/mesh/mesh.ts";
import { newIdentity } from "../_identities.ts";
import { Meshes, settled } from "../_meshes.ts";

const identities = await Promise.all(Array.from({ length: 4 }, newIdentity));
const MASSES = [1, 4, 2, 3];
const TENSORS: Layout = [{ name: "dense", shape: [30, 20] }, { name: "bias", shape: [20] }];
const LENGTH = 620;

function vectors(peers: number): Float32Array[] {
  const rng = new Rng(8);
  return Array.from({ length: peers }, () => Float32Array.from({ length: LENGTH }, () => 1 + rng.normal()));
}

/** Σ m·x / Σ m. */
function weightedMean(all: readonly Float32Array[], masses: readonly number[]): Float64Array {
  const total = masses.reduce((sum, mass) => sum + mass, 0);
  return Float64Array.from({ length: LENGTH }, (_, i) => all.reduce((sum, x, k) => sum + masses[k] * x[i], 0) / total);
}

const far = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Math.hypot(...Array.from({ length: a.length }, (_, i) => a[i] - b[i]));

async function start(
  meshes: Meshes,
  averaging: AveragingSettings,
  { peers = 4, masses = MASSES, patience = 20_000 } = {},
) {
  const started = await meshes.all(identities.slice(0, peers), { averaging, patience });
  const begun = vectors(peers);
  started.forEach(({ mesh }, i) => {
    mesh.averaging.initialise(begun[i], { layout: "l", tensors: TENSORS, mass: masses[i], round: 0 });
  });
  return {
    started,
    logs: started.map(({ log }) => log),
    nodes: started.map(({ mesh }) => mesh),
    mean: weightedMean(begun, masses.slice(0, peers)),
  };
}

/** All take the step at the same time. */
const mixAll = (nodes: readonly Mesh[], step: number) =>
  Promise.all(nodes.map((mesh) => mesh.averaging.step({ step, steps: 10 })));

const now = (nodes: readonly Mesh[]) => nodes.map((mesh) => mesh.averaging.snapshot().vector);

for (const { name } of [...topologies].filter(({ links }) => links === "two-way")) {
  Deno.test(`four nodes over ${name} come to the mean by mass, and keep it all the way`, async () => {
    await using meshes = new Meshes();
    const { nodes, logs, mean } = await start(meshes, { topology: name });
    const spread = Math.max(...now(nodes).map((x) => far(x, mean)));
    for (let step = 0; step < 10; step++) {
      const mixed = await mixAll(nodes, step);
      assert(mixed.some(({ partners }) => partners.length > 0), JSON.stringify(mixed));
      await settled(logs);
      assert(far(weightedMean(now(nodes), MASSES), mean) < 1e-4, "the mean has moved");
    }
    for (const x of now(nodes)) assert(far(x, mean) < 0.1 * spread, `${far(x, mean)} of ${spread}`);
  });
}

Deno.test("over the complete topology four nodes with equal masses have the exact mean after one step, in any order", async () => {
  await using meshes = new Meshes();
  const masses = [1, 1, 1, 1];
  const { nodes, mean } = await start(meshes, { topology: "complete" }, { masses });
  for (const { partners } of await mixAll(nodes, 0)) assertEquals(new Set(partners).size, 3);
  for (const x of now(nodes)) assert(far(x, mean) < 1e-4, `${far(x, mean)}`);
});

Deno.test("a planned partner that is one step behind is waited for, and the step is exact", async () => {
  await using meshes = new Meshes();
  const { nodes, mean } = await start(meshes, { topology: "complete" }, { peers: 3, masses: [1, 1, 1] });
  const early = mixAll(nodes.slice(0, 2), 0);
  // both have met each other and have asked the third, which is not in the step
  while (nodes[2].bytes().weights.received < 2 * 100) await new Promise((resolve) => setTimeout(resolve));
  await Promise.all([early, nodes[2].averaging.step({ step: 0, steps: 1 })]);
  for (const x of now(nodes)) assert(far(x, mean) < 1e-4, `${far(x, mean)}`);
});

Deno.test("one that is still in the training before is not mixed with, nor blamed, and is waited for when it is about to come", async () => {
  await using meshes = new Meshes();
  const { nodes, started } = await start(meshes, { topology: "complete" }, { peers: 2, masses: [1, 1] });
  await mixAll(nodes, 0);
  const next = (mesh: Mesh, value: number) =>
    mesh.averaging.initialise(new Float32Array(LENGTH).fill(value), { layout: "next", mass: 1, round: 1 });
  const before = now(nodes)[1];
  next(nodes[0], 1);
  const { partners, skipped } = await nodes[0].averaging.step({ step: 2, steps: 10 }); // two steps ahead
  assertEquals([partners, skipped], [[], `${identities[1].peerId}: it is in another training`]);
  assertEquals([now(nodes)[0][0], now(nodes)[1]], [1, before]);

  await nodes[1].averaging.step({ step: 2, steps: 10 });
  const early = nodes[0].averaging.step({ step: 3, steps: 10 });
  next(nodes[1], 3);
  const late = nodes[1].averaging.step({ step: 3, steps: 10 });
  for (const mixed of await Promise.all([early, late])) assertEquals(mixed.partners.length, 1);
  for (const x of now(nodes)) assertEquals(x[0], 2);
  const blamed = started.flatMap(({ log }) => log.seen.filter(({ type }) => type === "warning"));
  assertEquals(blamed, []);
});

for (const { name } of compressors) {
  Deno.test(`two nodes that exchange with ${name} approach their mean, which is kept, and use a reference`, async () => {
    await using meshes = new Meshes();
    const { nodes, logs, mean } = await start(meshes, { compression: name }, { peers: 2 });
    const spread = Math.max(...now(nodes).map((x) => far(x, mean)));
    const bytes: number[] = [];
    for (let i = 0; i < 12; i++) {
      const result = await nodes[i % 2].averaging.exchange();
      if (!("partner" in result)) throw new Error(result.skipped);
      bytes.push(result.bytes);
      await settled(logs);
      assert(far(weightedMean(now(nodes), MASSES.slice(0, 2)), mean) < 1e-3, "the mean has moved");
    }
    for (const x of now(nodes)) assert(far(x, mean) < 0.3 * spread, `${far(x, mean)} of ${spread}`);
    if (name === "top-k" || name === "low-rank") assert(bytes[11] < bytes[0] - LENGTH, `${bytes}`);
  });
}

Deno.test("a compressor that needs matrices refuses a vector without any, when it begins", async () => {
  await using meshes = new Meshes();
  const { mesh } = await meshes.start(identities[0], identities, { averaging: { compression: "low-rank" } });
  const begin = () => mesh.averaging.initialise(new Float32Array(10), { layout: "l", mass: 1, round: 0 });
  assertThrows(begin, UserError, "low-rank needs a layout with a matrix");
});

for (const rule of ["self-centred-clipping", "trimmed-mean", "balance"]) {
  Deno.test(`four nodes with the rule ${rule} see three vectors a step and come no farther from the mean`, async () => {
    await using meshes = new Meshes();
    const { nodes, started, mean } = await start(meshes, { topology: "complete", rule });
    const before = now(nodes);
    for (let step = 0; step < 6; step++) {
      for (const { partners } of await mixAll(nodes, step)) assertEquals(partners.length, 3);
    }
    const plain = weightedMean(before, [1, 1, 1, 1]);
    now(nodes).forEach((x, i) => {
      if (rule !== "balance") {
        assert(far(x, plain) < far(before[i], plain), `${far(x, plain)} of ${far(before[i], plain)}`);
      }
    });
    // vectors of noise are not within BALANCE's reach of one another: each is refused by name
    const refused = started[0].log.seen.filter((event) =>
      event.type === "warning" && event.message.includes("refused")
    );
    assertEquals(refused.length > 0, rule === "balance");
    if (rule === "balance") assertEquals(now(nodes), before);
    assert(mean.length === LENGTH);
  });
}

Deno.test("a rule that needs three neighbours says how few came, and keeps its own", async () => {
  await using meshes = new Meshes();
  const { nodes, started } = await start(meshes, { topology: "complete", rule: "trimmed-mean" });
  await nodes[3].stop();
  for (const { log } of started.slice(0, 3)) await log.wait("peer-left", identities[3].peerId);
  const before = now(nodes.slice(0, 3));
  await mixAll(nodes.slice(0, 3), 0);
  await started[0].log.warning("averaging: too few for the rule, 2 vector(s) came; this step keeps its own");
  assertEquals(now(nodes.slice(0, 3)), before);
});

Deno.test("a planned partner that is away is stood in for by one that is there", async () => {
  await using meshes = new Meshes();
  const { nodes, started } = await start(meshes, { topology: "base-k-plus-1" }, { patience: 0 });
  await nodes[3].stop();
  for (const { log } of started.slice(0, 3)) await log.wait("peer-left", identities[3].peerId);
  for (let step = 0; step < 3; step++) {
    const { partners } = await nodes[0].averaging.step({ step, steps: 3 });
    assert(partners.length > 0 && !partners.includes(identities[3].peerId));
  }
});

Deno.test("a planned partner that does not come to the step is not waited for longer than the patience", async () => {
  await using meshes = new Meshes();
  const started = await meshes.all(identities.slice(0, 2), { averaging: { topology: "complete" }, patience: 50 });
  const nodes = started.map(({ mesh }) => mesh);
  nodes.forEach((mesh, i) => mesh.averaging.initialise(vectors(2)[i], { layout: "l", mass: 1, round: 0 }));
  assertEquals((await nodes[0].averaging.step({ step: 0, steps: 1 })).partners, [identities[1].peerId]);
  await settled(started.map(({ log }) => log));
  assert(far(now(nodes)[0], now(nodes)[1]) < 1e-4);
});

Deno.test("two that average in another way refuse each other and say in what", async () => {
  await using meshes = new Meshes();
  const [alice, bob] = identities;
  const a = await meshes.start(alice, [alice, bob], {
    averaging: { compression: "int8" },
    settings: { compression: "int8" },
  });
  const b = await meshes.start(bob, [alice, bob], { settings: { compression: "none" }, bootstrap: a.mesh.addresses() });
  const { reason } = await b.log.wait("peer-refused", alice.peerId);
  assert(reason.includes('"compression" is "none" here, "int8" there'), reason);
});

Deno.test("settings that contradict each other among so few members are refused before anything starts", async () => {
  await using meshes = new Meshes();
  const averaging = { topology: "complete", rule: "trimmed-mean" };
  const start = (members: typeof identities) => meshes.start(identities[0], members, { averaging });
  await assertRejects(() => start(identities.slice(0, 3)), UserError, "there may be as few as 2 (mesh.averaging)");
  await start(identities);
});
