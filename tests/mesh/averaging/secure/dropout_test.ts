/** Sites that are killed at every stage of a secure sum: real meshes in a virtual world. */
import { assert, assertEquals } from "@std/assert";
import type { StepResult } from "../../../../src/mesh/averaging/steps.ts";
import { VirtualSites } from "./_virtual_sites.ts";

const COUNT = 4;

/** Enough for a part of two pieces. */
const MANY = 270_000;

const [COLLECTOR, MEMBER] = [0, 1];

/** When a site is killed: as it is about to send such a message, or a piece's bytes, for the `nth` time. */
interface Stage {
  who: typeof COLLECTOR | typeof MEMBER;
  sends: "join" | "roster" | "masked" | "piece" | "bytes" | "complete" | "confirm" | "confirmed" | "reveal" | "sum";
  nth?: number;
  /** Whether no packet tells the others. */
  machine?: boolean;
  /** Of each vector. */
  values?: number;
}

const isOf = (bytes: Uint8Array, sends: Stage["sends"]) =>
  sends === "bytes"
    ? bytes[0] === 3 && bytes[1] === 2 // a frame's header
    : bytes.length < 10_000 && new TextDecoder().decode(bytes).includes(`{"type":"${sends}"`);

/** What came of the step for those who are left. */
async function killedAt({ who, sends, nth = 1, machine, values }: Stage): Promise<string> {
  let seen = 0, isKilled = false;
  await using sites: VirtualSites = new VirtualSites(COUNT, {
    values,
    tamper: (k) => (protocol, bytes) => {
      if (k === who && isKilled) return undefined;
      if (k !== who || !protocol.includes("average")) return bytes;
      if (!isOf(bytes, sends) || ++seen < nth) return bytes;
      isKilled = true;
      sites.kill(k, { machine });
    },
  });
  await sites.start(0, 1, 2, 3);
  const left = [0, 1, 2, 3].filter((k) => k !== who);
  const steps = new Map([0, 1, 2, 3].map((k) => [k, sites.step(k, 0)]));
  steps.get(who)!.catch(() => {});
  const results = await sites.done(Promise.all(left.map((k) => steps.get(k)!)));
  assert(isKilled, `nobody sends "${sends}" ${nth} times`);
  left.forEach((k, i) => check(sites, k, results[i]));
  const what = results.map(({ partners }) => partners.length === 0 ? "void" : partners.length === 2 ? "left" : "all");

  // what each has now counts in the next sum by its mass, and nothing else does
  const before = left.map((k) => sites.vector(k));
  const next = await sites.done(Promise.all(left.map((k) => sites.step(k, 4))));
  const total = left.reduce((sum, k) => sum + sites.sites[k].mass, 0);
  for (const [i, k] of left.entries()) {
    assertEquals(next[i].partners.length, 2, `the step after: ${next[i].skipped}`);
    for (const [j, value] of sites.vector(k).entries()) {
      const mean = left.reduce((sum, one, n) => sum + sites.sites[one].mass * before[n][j] / total, 0);
      assert(Math.abs(value - mean) < 1e-6, `site ${k} holds ${value} of site ${j}, and not ${mean}`);
    }
  }
  return [...new Set(what)].sort().join(" and ");
}

/** A site has the mean of exactly those that it names, or what it had. */
function check(sites: VirtualSites, k: number, { partners, skipped }: StepResult): void {
  const isIn = sites.sites.map(({ peerId }, j) => partners.includes(peerId) || j === k);
  const members = sites.sites.flatMap((_, j) => isIn[j] ? [j] : []);
  const expected = sites.mean(...members);
  assertEquals(partners.length === 0, skipped !== undefined);
  for (const [j, value] of sites.vector(k).entries()) {
    assert(Math.abs(value - expected[j]) < 1e-6, `site ${k} holds ${value} of site ${j}, and not ${expected[j]}`);
  }
}

/** Each stage, and what comes of the step for those who are left: no sum, the one of all, or one among themselves. */
const STAGES: readonly (readonly [Stage, string])[] = [
  [{ who: MEMBER, sends: "join" }, "left"],
  [{ who: MEMBER, sends: "masked" }, "void"],
  [{ who: MEMBER, sends: "masked", machine: true }, "void"],
  [{ who: MEMBER, sends: "bytes", values: MANY }, "void"],
  [{ who: MEMBER, sends: "bytes", nth: 2, values: MANY }, "void"],
  [{ who: MEMBER, sends: "confirm" }, "void"],
  [{ who: MEMBER, sends: "confirm", machine: true }, "void"],
  [{ who: MEMBER, sends: "reveal" }, "void"],
  [{ who: MEMBER, sends: "piece" }, "all"], // of the sum, which it has helped to open
  [{ who: COLLECTOR, sends: "roster" }, "left"],
  [{ who: COLLECTOR, sends: "roster", nth: 2 }, "void"], // the first one's part is masked for it
  [{ who: COLLECTOR, sends: "roster", nth: 2, machine: true }, "void"],
  [{ who: COLLECTOR, sends: "piece" }, "void"],
  [{ who: COLLECTOR, sends: "piece", nth: 4, values: MANY }, "void"],
  [{ who: COLLECTOR, sends: "complete" }, "void"],
  [{ who: COLLECTOR, sends: "complete", nth: 2, machine: true }, "void"],
  [{ who: COLLECTOR, sends: "confirmed" }, "void"],
  [{ who: COLLECTOR, sends: "confirmed", nth: 3 }, "void"],
  [{ who: COLLECTOR, sends: "sum" }, "void"],
  [{ who: COLLECTOR, sends: "bytes" }, "void"],
  [{ who: COLLECTOR, sends: "bytes", nth: 2 }, "all and void"], // the first one has the sum
  [{ who: COLLECTOR, sends: "bytes", nth: 2, machine: true }, "all and void"],
];

for (const [stage, outcome] of STAGES) {
  const { who, sends, nth = 1, machine = false, values } = stage;
  const killed = `${who === MEMBER ? "a member" : "the collector"}${machine ? " with its machine" : ""}`;
  const what = `${sends}${nth > 1 ? ` ${nth}` : ""}${values === MANY ? " of a part of several pieces" : ""}`;
  Deno.test(`${killed} that is killed before its "${what}" leaves no wrong sum: ${outcome}`, async () => {
    assertEquals(await killedAt(stage), outcome);
  });
}
