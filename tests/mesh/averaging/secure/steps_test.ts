/** Sums as real nodes make them, over loopback. */
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { Rng } from "../../../../src/core/rng.ts";
import type { MeshOptions } from "../../../../src/mesh/options.ts";
import { sketch, sketchSeed } from "../../../../src/mesh/heads/sketch.ts";
import type { Mesh } from "../../../../src/mesh/mesh.ts";
import type { AuditRecord } from "../../../../src/mesh/protocols/traffic.ts";
import type { Identity } from "../../../../src/mesh/envelope/identity.ts";
import { newIdentity } from "../../_identities.ts";
import { Meshes } from "../../_meshes.ts";

const identities = (await Promise.all(Array.from({ length: 4 }, newIdentity)))
  .sort((a, b) => a.peerId < b.peerId ? -1 : 1); // the turn to collect is in this order
const LENGTH = 300;
const MASSES = [1, 4, 2, 3];
const OPTIONS = { averaging: { topology: "complete", secure: true }, patience: 30_000 };

function vectors(peers: number): Float32Array[] {
  const rng = new Rng(8);
  return Array.from({ length: peers }, () => Float32Array.from({ length: LENGTH }, () => 1 + rng.normal()));
}

async function start(meshes: Meshes, own: (k: number) => Partial<MeshOptions> = () => ({}), peers = 4) {
  const bootstrap: string[] = [];
  const started: Awaited<ReturnType<Meshes["start"]>>[] = [];
  const among: Identity[] = identities.slice(0, peers);
  for (const [k, identity] of among.entries()) {
    const one = await meshes.start(identity, among, { ...OPTIONS, ...own(k), bootstrap: [...bootstrap] });
    bootstrap.push(...one.mesh.addresses());
    started.push(one);
  }
  for (const { mesh, log } of started) {
    for (const { peerId } of among) if (peerId !== mesh.peerId) await log.wait("peer-joined", peerId);
  }
  const nodes = started.map(({ mesh }) => mesh);
  const begun = vectors(peers);
  nodes.forEach((mesh, k) => mesh.averaging.initialise(begun[k], { layout: "l", mass: MASSES[k], round: 1 }));
  const total = MASSES.slice(0, peers).reduce((sum, mass) => sum + mass, 0);
  const mean = Float64Array.from({ length: LENGTH }, (_, i) => {
    return begun.reduce((sum, x, k) => sum + MASSES[k] * x[i] / total, 0);
  });
  return { started, nodes, begun, mean };
}

const stepAll = (nodes: readonly Mesh[], step: number) =>
  Promise.all(nodes.map((mesh) => mesh.averaging.step({ step, steps: 10 })));
const now = (nodes: readonly Mesh[]) => nodes.map((mesh) => mesh.averaging.snapshot().vector);

Deno.test("four nodes have the mean by mass after one step, whoever collects, and show nothing but that", async () => {
  await using meshes = new Meshes();
  const audits: AuditRecord[][] = identities.map(() => []);
  const { nodes, started, begun, mean } = await start(
    meshes,
    (k) => ({ audit: (record) => void audits[k].push(record) }),
  );
  await nodes[0].announceHead({ round: 1 });
  for (const { mesh, log } of started.slice(1)) {
    await log.wait("head", nodes[0].peerId, 1);
    assertEquals(mesh.heads().get(nodes[0].peerId)?.sketch, undefined, "a sketch of one site's own weights");
    assertEquals(await mesh.averaging.fetch("l", LENGTH), undefined);
  }
  for (let step = 0; step < 2; step++) {
    const mixed = await stepAll(nodes, step);
    for (const { partners } of mixed) assertEquals(new Set(partners).size, 3, JSON.stringify(mixed));
    for (const x of now(nodes)) {
      const worst = Math.max(...x.map((value, i) => Math.abs(value - mean[i])));
      assert(worst < 1e-6, `${worst}`);
    }
  }
  // one of their parts went to who collected, and from there the sum to all; twice
  assertEquals(audits.map((records) => records.map(({ sum }) => sum?.part).sort()), [
    ["all", "all", "all", "own, masked"],
    ["all", "all", "all", "own, masked"],
    ["own, masked", "own, masked"],
    ["own, masked", "own, masked"],
  ]);
  assert(audits.flat().every(({ kind, sum }) => kind === "weights" && sum?.members === 4));
  assertEquals(new Set(audits.flat().filter(({ sum }) => sum?.part !== "all").map(({ digest }) => digest)).size, 6);

  // what is contributed after a sum is not shown before the next one
  const shown = nodes[0].averaging.state!.shown()!.vector;
  nodes[0].averaging.contribute(new Float32Array(LENGTH).fill(1), 2);
  nodes[0].averaging.serveOptimiser(() => new Uint8Array(10));
  await nodes[0].announceHead({ round: 2 });
  await started[1].log.wait("head", nodes[0].peerId, 2);
  assertEquals(nodes[1].heads().get(nodes[0].peerId)!.sketch, sketch(shown, sketchSeed("l")));
  const late = await nodes[1].averaging.fetch("l", LENGTH, { from: [nodes[0].peerId] });
  assertEquals([late?.vector, late?.optimiser], [shown, undefined]);
  assert(begun[0].some((value, i) => Math.abs(value - shown[i]) > 0.1));
  assertEquals("skipped" in await nodes[0].averaging.exchange(), true);
});

Deno.test("who drops out with the others' parts under way makes the step void, nobody's weights change, and the next step's sum is right", async () => {
  await using meshes = new Meshes();
  let isFailing = true;
  const audit = () => {
    if (isFailing) throw new Error("the disk is full");
  };
  const { nodes, started, begun, mean } = await start(meshes, (k) => k === 2 ? { audit } : {});
  const skipped = (await stepAll(nodes, 0)).map(({ partners, skipped }) => [partners.length, skipped]);
  assert(skipped.every(([partners, why]) => partners === 0 && typeof why === "string"), JSON.stringify(skipped));
  assert(`${skipped[0][1]}`.includes(`${identities[2].peerId} dropped out`), JSON.stringify(skipped));
  assertEquals(now(nodes), begun);
  isFailing = false;
  for (const { partners } of await stepAll(nodes, 1)) assertEquals(partners.length, 3);
  for (const x of now(nodes)) assert(Math.max(...x.map((value, i) => Math.abs(value - mean[i]))) < 1e-6);
  assert(started[1].log.seen.every((event) => event.type !== "warning" || event.peer !== identities[0].peerId));
});

Deno.test("one that is away is left out where more than half are there, and the step is void where too few are", async () => {
  await using meshes = new Meshes();
  const { nodes, started, begun } = await start(meshes);
  await nodes[0].stop(); // whose turn it is
  for (const { log } of started.slice(1)) await log.wait("peer-left", identities[0].peerId);
  for (const { partners } of await stepAll(nodes.slice(1), 0)) assertEquals(partners.length, 2);
  const three = now(nodes.slice(1));
  const mean = three[0].map((_, i) => (4 * begun[1][i] + 2 * begun[2][i] + 3 * begun[3][i]) / 9);
  for (const x of three) assert(Math.max(...x.map((value, i) => Math.abs(value - mean[i]))) < 1e-6);
  await nodes[1].stop();
  for (const { log } of started.slice(2)) await log.wait("peer-left", identities[1].peerId);
  const before = now(nodes.slice(2));
  for (const { partners, skipped } of await stepAll(nodes.slice(2), 1)) {
    assertEquals([partners, skipped?.includes("2 came to the sum, 3 must")], [[], true], skipped);
  }
  assertEquals(now(nodes.slice(2)), before);
});

Deno.test("a member that always gives the same weights holds a sum back, and nobody sees who does: a limit of sums", async () => {
  await using meshes = new Meshes();
  const { nodes, started } = await start(meshes, undefined, 3);
  const begun = new Float32Array(LENGTH).fill(1), update = new Float32Array(LENGTH).fill(0.001);
  const initialise = (k: number) => nodes[k].averaging.initialise(begun, { layout: "l", mass: MASSES[k], round: 1 });
  nodes.forEach((_, k) => initialise(k));
  const honest = [nodes[0], nodes[2]], liar = 1;
  for (let step = 1; step <= 8; step++) {
    initialise(liar);
    for (const { averaging } of honest) await averaging.contribute(update, step);
    for (const { partners } of await stepAll(nodes, step)) assertEquals(partners.length, 2);
  }
  // each step leaves (1 + 2) of 1 + 4 + 2 of how far the honest have come: d = 3/7 (d + update)
  for (const vector of now(honest)) assertAlmostEquals((vector[0] - 1) / update[0], 3 / 4, 0.02);
  assertEquals(started.flatMap(({ log }) => log.seen.filter(({ type }) => type === "warning")), []);
});
