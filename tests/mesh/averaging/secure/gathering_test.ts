/** Who gathers a sum where not all come to it at once: real meshes in a virtual world. */
import { assert, assertEquals } from "@std/assert";
import { PATIENCE, VirtualSites } from "./_virtual_sites.ts";

/** All of `numbers` have the mean of `numbers` and each other as partners, long before their patience would have run out. */
async function summed(sites: VirtualSites, steps: ReturnType<VirtualSites["step"]>[], numbers: number[]) {
  const began = sites.world.time;
  const done = await sites.done(Promise.all(steps));
  for (const [i, k] of numbers.entries()) {
    assertEquals(done[i].partners.sort(), sites.ids(...numbers.filter((other) => other !== k)), `site ${k}`);
    const mean = sites.mean(...numbers);
    assert(sites.vector(k).every((value, j) => Math.abs(value - mean[j]) < 1e-6), `site ${k}: ${sites.vector(k)}`);
  }
  const took = sites.world.time - began;
  assert(took < PATIENCE / 4, `it took ${took} ms`);
}

Deno.test("one whose turn it is and that comes when another gathers already has all come to it", async () => {
  await using sites = new VirtualSites(5);
  await sites.start(1, 2, 3, 4);
  const first = [1, 2, 3].map((k) => sites.step(k, 0)); // the second stands in, and waits for the fifth
  await sites.pass(1_000);
  await sites.start(0);
  const late = sites.step(0, 0);
  await sites.pass(1_000);
  await summed(sites, [late, ...first, sites.step(4, 0)], [0, 1, 2, 3, 4]);
});

Deno.test("one that was in another training when it was asked comes into the sum that others gather", async () => {
  await using sites = new VirtualSites(4);
  await sites.start(0, 1, 2, 3);
  sites.begin(0, () => Promise.resolve(sites.initialise(0, "before")));
  const others = [1, 2, 3].map((k) => sites.step(k, 4));
  await sites.pass(5_000);
  sites.begin(0, () => Promise.resolve(sites.initialise(0)));
  await summed(sites, [sites.step(0, 4), ...others], [0, 1, 2, 3]);
});

Deno.test("one that is two steps behind, and whose turn it is there, comes into the sum of the others", async () => {
  await using sites = new VirtualSites(3);
  await sites.start(0, 1, 2);
  const others = [1, 2].map((k) => sites.step(k, 5));
  await sites.pass(1_000);
  await summed(sites, [sites.step(0, 3), ...others], [0, 1, 2]);
});

Deno.test("one that waits in a step for a member which has gone past it follows it", async () => {
  await using sites = new VirtualSites(3);
  await sites.start(0, 1, 2);
  const behind = sites.step(0, 3);
  await sites.pass(1_000);
  await summed(sites, [behind, sites.step(1, 5), sites.step(2, 5)], [0, 1, 2]);
});

Deno.test("one that is ahead alone is not followed where enough are left for the sum", async () => {
  await using sites = new VirtualSites(4);
  await sites.start(0, 1, 2, 3);
  const ahead = sites.step(3, 6);
  await sites.pass(1_000);
  await summed(sites, [0, 1, 2].map((k) => sites.step(k, 4)), [0, 1, 2]);
  await summed(sites, [ahead, ...[0, 1, 2].map((k) => sites.step(k, 6))], [3, 0, 1, 2]);
});

Deno.test("one that is a step behind is waited for by the one that collects and by those who give", async () => {
  await using sites = new VirtualSites(3);
  await sites.start(0, 1, 2);
  const given = [1, 2].map((k) => sites.step(k, 0)); // both ask the first, which is not there yet
  await sites.pass(5_000);
  await summed(sites, [sites.step(0, 0), ...given], [0, 1, 2]);
});

Deno.test("whoever has done a step already is not waited for in its sum", async () => {
  await using sites = new VirtualSites(3);
  await sites.start(0, 1, 2);
  const asked: string[] = [];
  const hasPassed = (peer: string, step: number) => asked.push(`${peer} ${step}`) > 0;
  const began = sites.world.time;
  const { partners, skipped } = await sites.done(sites.step(0, 0, { hasPassed }));
  assert(sites.world.time - began < 1_000, "it waits for those who do not come");
  assertEquals([partners, skipped?.includes("1 came to the sum, 3 must")], [[], true], skipped);
  assertEquals(new Set(asked), new Set(sites.ids(1, 2).map((peer) => `${peer} 0`)));
});

Deno.test("whoever takes no part is not waited for", async () => {
  await using sites = new VirtualSites(4);
  await sites.start(0, 1, 2, 3);
  sites.sites[1].mesh.averaging.sitOut();
  await summed(sites, [0, 2, 3].map((k) => sites.step(k, 4)), [0, 2, 3]);
});

Deno.test("whoever has missed sums is waited for where there is none without it, and no more where there is", async () => {
  for (const count of [3, 4]) {
    await using sites = new VirtualSites(count);
    await sites.start(...Array.from({ length: count }, (_, k) => k));
    const punctual = Array.from({ length: count - 1 }, (_, k) => k);
    const stepAll = (step: number) => punctual.map((k) => sites.step(k, step));
    for (const step of [0, count]) { // the first one's turn, as that after them
      const began = sites.world.time;
      const sums = await sites.done(Promise.all(stepAll(step)));
      assert(sums.every(({ partners }) => partners.length === (count === 3 ? 0 : 2)), JSON.stringify(sums));
      assert(sites.world.time - began > PATIENCE - 1);
    }
    const next = stepAll(2 * count);
    if (count === 3) await sites.pass(PATIENCE / 6); // it trains for longer
    await summed(sites, count === 3 ? [...next, sites.step(2, 2 * count)] : next, [0, 1, 2]);
  }
});

Deno.test("who has no sum is told whose turn it was, who was missing and why, and how many must come", async () => {
  await using sites = new VirtualSites(5);
  const [ended, , , away] = sites.sites.map(({ peerId }) => peerId);
  await sites.start(0, 1, 2, 4);
  sites.sites[4].mesh.averaging.sitOut();
  await sites.do(0, ({ mesh }) => mesh.stop());
  await sites.pass(1_000);
  const told = await sites.done(Promise.all([1, 2].map((k) => sites.step(k, 0))));
  const why = (other: number) =>
    `this site collected in place of ${ended}: 1 came to the sum, 3 must, which is more than half of all and at least ` +
    `3: ${ended} has ended, ${sites.sites[other].peerId} was not waited for, ${away} is not connected, ` +
    `${sites.sites[4].peerId} takes no part in this step any more`;
  assertEquals(told.map(({ skipped }) => skipped), [why(2), why(1)]);

  const [own, others] = await sites.done(Promise.all([1, 2].map((k) => sites.step(k, 6))));
  assertEquals(own.skipped?.startsWith("it was the turn of this site to collect: "), true);
  assertEquals(others.skipped?.startsWith(`this site collected in place of ${sites.sites[1].peerId}: `), true);
});

Deno.test("one that is behind at the end of a training does not wait for those who are in the next one, and comes to them", async () => {
  await using sites = new VirtualSites(3);
  await sites.start(0, 1, 2);
  // the third makes the sum of the others' last step in its last but one
  await summed(sites, [sites.step(0, 1), sites.step(1, 1), sites.step(2, 0, { end: 2 })], [0, 1, 2]);
  for (const k of [0, 1]) sites.begin(k, () => Promise.resolve(sites.initialise(k, "next")));
  const others = [0, 1].map((k) => sites.step(k, 2));
  await sites.pass(1_000);
  const began = sites.world.time;
  const { skipped } = await sites.done(sites.step(2, 1, { end: 2 }));
  assertEquals([skipped, sites.world.time - began < 100], ["the sum of this training's last step is made", true]);
  sites.begin(2, () => Promise.resolve(sites.initialise(2, "next")));
  await summed(sites, [...others, sites.step(2, 2)], [0, 1, 2]);
});

Deno.test("whoever is in the next training already is not waited for, and whoever is in the one before is", async () => {
  await using sites = new VirtualSites(4);
  await sites.start(0, 1, 2, 3);
  const all = [0, 1, 2, 3];
  await summed(sites, all.map((k) => sites.step(k, 3)), all);
  for (const k of all) sites.begin(k, () => Promise.resolve(sites.initialise(k, k === 3 ? "next" : "l")));
  const ahead = sites.step(3, 5);
  await sites.pass(1_000);
  await summed(sites, [0, 1, 2].map((k) => sites.step(k, 4)), [0, 1, 2]);
  for (const k of [0, 1, 2]) sites.begin(k, () => Promise.resolve(sites.initialise(k, "next")));
  await summed(sites, [ahead, ...[0, 1, 2].map((k) => sites.step(k, 5))], [3, 0, 1, 2]);
});
