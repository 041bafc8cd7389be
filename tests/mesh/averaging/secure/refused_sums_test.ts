/** Members whose weights are far from all others', of whom only sums are seen. */
import { assert, assertEquals } from "@std/assert";
import { RefusedSums, whoIsAstray } from "../../../../src/mesh/averaging/secure/refused_sums.ts";
import { type Roster, type RosterMember, weightIn } from "../../../../src/mesh/averaging/secure/roster.ts";
import { VirtualSites } from "./_virtual_sites.ts";

function rosterOf(masses: readonly number[]): Roster {
  const one = { key: "", commitment: "", range: 0, signature: "" };
  const members = masses.map((mass, k): RosterMember => ({ ...one, peer: `${k}`, mass }));
  return { members, digest: new Uint8Array(32), range: 0 };
}

/** Of places on a line, how far each is from the mean by mass. */
function distancesOf(masses: readonly number[], places: readonly number[]): number[] {
  const total = masses.reduce((sum, mass) => sum + mass, 0);
  const mean = masses.reduce((sum, mass, k) => sum + mass * places[k], 0) / total;
  return places.map((place) => Math.abs(place - mean));
}

const astrayAmong = (masses: readonly number[], distances: readonly number[]) =>
  whoIsAstray(
    { step: 7, roster: rosterOf(masses) },
    distances.map((distance, k) => ({ peer: `${k}`, refused: [{ step: 6, distance: 1 }, { step: 7, distance }] })),
  );

Deno.test("the one that is far from all others is known by how far each is from the mean, whatever the masses", () => {
  for (const masses of [[1, 1, 1], [5, 6, 3], [1, 8, 3, 8], [1, 1, 1, 1, 9], [4, 1, 1]]) {
    for (const [k] of masses.entries()) {
      const places = masses.map((_, i) => i === k ? 100 : i / 20);
      assertEquals(astrayAmong(masses, distancesOf(masses, places)), `${k}`, `${masses}`);
    }
  }
});

Deno.test("nobody is named where two are astray, where somebody says nothing of it, and who has half of all weight", () => {
  assertEquals(astrayAmong([1, 1, 1, 1], distancesOf([1, 1, 1, 1], [0, 0, 50, 100])), undefined);
  assertEquals(astrayAmong([1, 1, 1], [2, 1]), undefined);
  assertEquals(astrayAmong([2, 1, 1], distancesOf([2, 1, 1], [9, 0, 0])), undefined);
});

Deno.test("whatever one that spoils a sum says, no other one is named", () => {
  for (const masses of [[1, 1, 1], [5, 7, 2], [2, 1, 1], [9, 8, 1], [1, 8, 3, 8]]) {
    for (const [liar] of masses.entries()) {
      const told = distancesOf(masses, masses.map((_, i) => i === liar ? 100 : 0));
      for (let lie = 0; lie < 300; lie++) {
        const named = astrayAmong(masses, told.map((distance, i) => i === liar ? lie : distance));
        assert(named === undefined || named === `${liar}`, `${masses}: ${liar} says ${lie}, and ${named} is named`);
      }
    }
  }
});

Deno.test("one that has taken a sum says how far it was from it once it hears that another has refused it", () => {
  const sums = new RefusedSums("0");
  const own = { vector: Float32Array.of(0, 0), mass: 1, round: 1 }, mean = Float32Array.of(3, 4);
  const roster = (refused?: RosterMember["refused"]): Roster => {
    const { members, ...rest } = rosterOf([1, 1, 1]);
    return { ...rest, members: members.map((one) => one.peer === "1" ? { ...one, refused } : one) };
  };
  sums.add({ step: 1, roster: roster(), own, mean }, { isTaken: true });
  assertEquals(sums.said, undefined);
  sums.add({ step: 2, roster: roster([{ step: 1, distance: 9 }]), own, mean }, { isTaken: true });
  assertEquals(sums.said, [{ step: 1, distance: 5 }]);
  for (const step of [3, 4]) sums.add({ step, roster: roster(), own, mean }, { isTaken: true });
  assertEquals(sums.said, undefined, "what all have taken since");
});

/** What all have alike is most of a vector, as of real ones; `far` of it is what is astray. */
function begin(sites: VirtualSites, k: number, far = 1): void {
  const vector = new Float32Array(sites.sites.length + 16).fill(32 * far, sites.sites.length);
  vector[k] = 1;
  const { mesh, mass } = sites.sites[k];
  mesh.averaging.initialise(vector, { layout: "l", mass, round: 1 });
}

/** Each trains a little, goes back where it is to, and comes to the step. @returns of each, how many it was averaged with */
async function round(sites: VirtualSites, number: number, { stubborn }: { stubborn?: number } = {}) {
  const all = sites.sites.map((_, k) =>
    sites.begin(k, async ({ mesh, mass }) => {
      const back = k === stubborn ? undefined : await mesh.comeBack();
      if (back) mesh.averaging.initialise(back.vector, { layout: "l", mass, round: number });
      const update = new Float32Array(sites.sites.length + 16);
      update[k] = 1 / 64;
      mesh.averaging.contribute(update, number);
      return (await mesh.averaging.step({ step: number, steps: 100 })).partners.length;
    })
  );
  return await sites.done(Promise.all(all));
}

Deno.test("one of three that comes with weights astray, and knows no earlier sum, is named after two sums and goes back to the others' mean", async () => {
  await using sites = new VirtualSites(3, { believe: "likely" });
  await sites.start(0, 1, 2);
  for (const k of [0, 1, 2]) begin(sites, k, k === 0 ? 0.5 : 1);
  assertEquals(await round(sites, 1), [0, 0, 0]);
  assertEquals(await round(sites, 2), [0, 0, 0]);
  for (const k of [1, 2]) {
    const told = sites.sites[k].events.flatMap((event) => event.type === "warning" && event.peer ? [event] : []);
    assertEquals(told.map(({ peer }) => peer), [sites.sites[0].peerId], JSON.stringify(told));
    assert(told[0].message.includes("far from those of all others"), told[0].message);
  }
  assertEquals(await round(sites, 3), [2, 2, 2]);
  const common = sites.sites.map(({ mesh }) => mesh.averaging.snapshot().vector[5]);
  assert(common.every((value) => Math.abs(value - 32) < 1e-4), `${common}`);
});

Deno.test("one of three that has half of all weight and is astray is named after one more sum, in which it counts for less, and goes back", async () => {
  await using sites = new VirtualSites(3, { believe: "likely" });
  await sites.start(0, 1, 2);
  for (const k of [0, 1, 2]) begin(sites, k, k === 2 ? 0.5 : 1);
  for (const number of [1, 2, 3]) assertEquals(await round(sites, number), [0, 0, 0]);
  for (const k of [0, 1]) {
    const told = sites.sites[k].events.flatMap((event) => event.type === "warning" && event.peer ? [event.peer] : []);
    assertEquals(told, [sites.sites[2].peerId]);
  }
  assertEquals(await round(sites, 4), [2, 2, 2]);
  const common = sites.sites.map(({ mesh }) => mesh.averaging.snapshot().vector[5]);
  assert(common.every((value) => Math.abs(value - 32) < 1e-4), `${common}`);
});

Deno.test("who has about half of all weight counts for less once a sum was refused, and weights sum to 1 with it", () => {
  const weights = (masses: readonly number[], refused?: RosterMember["refused"]) => {
    const { members } = rosterOf(masses);
    const roster = { members: members.map((one, k) => k === 0 ? { ...one, refused } : one) };
    return members.map(({ peer }) => weightIn(roster, peer));
  };
  const before = [{ step: 1, distance: 3 }];
  assertEquals(weights([2, 2, 4]), [0.25, 0.25, 0.5]);
  for (const masses of [[2, 2, 4], [2, 3, 5], [3, 3, 3, 8]]) {
    const told = weights(masses, before);
    assertEquals(told.at(-1), 0.4);
    assert(Math.abs(told.reduce((sum, one) => sum + one, 0) - 1) < 1e-12, `${told}`);
  }
  for (const masses of [[1, 1, 1], [1, 2, 9], [1, 24, 25]]) assertEquals(weights(masses, before), weights(masses));
});

Deno.test("one of four that stays astray is named, and after five sums left out by the others, who go on", async () => {
  await using sites = new VirtualSites(4, { believe: "likely" });
  await sites.start(0, 1, 2, 3);
  for (const k of [0, 1, 2, 3]) begin(sites, k, k === 3 ? 0.5 : 1);
  const averaged: number[][] = [];
  for (let number = 1; number <= 8; number++) averaged.push(await round(sites, number, { stubborn: 3 }));
  const together = averaged.findIndex((partners) => partners[0] > 0);
  assertEquals([together, averaged.slice(together)], [6, [[2, 2, 2, 0], [2, 2, 2, 0]]], JSON.stringify(averaged));
  for (const { events } of sites.sites.slice(0, 3)) {
    const paused = events.filter(({ type }) => type === "paused");
    assertEquals(paused.map((event) => "peer" in event && event.peer), [sites.sites[3].peerId]);
  }
  const common = sites.sites.slice(0, 3).map(({ mesh }) => mesh.averaging.snapshot().vector[5]);
  assert(common.every((value) => Math.abs(value - 32) < 1e-4), `${common}`);
});
