/** Collectors whose machine is gone from one moment to the next, with the default waits: real meshes in a virtual world. */
import { assert, assertEquals } from "@std/assert";
import { VirtualSites } from "./_virtual_sites.ts";

const COUNT = 4, COLLECTOR = 0, MEMBERS = [1, 2, 3];

/** Milliseconds after which a connection that gives no sign of life is cut at the latest (`mesh/options.ts`), and some more. */
const LONGEST = 25_000 + 5_000 + 2_000;

/** The machine is gone as the collector is about to send such a message for the `nth` time. */
interface Stage {
  readonly sends: "roster" | "complete" | "confirmed" | "sum";
  readonly nth?: number;
}

function isOf(bytes: Uint8Array, type: string): boolean {
  return bytes.length < 10_000 && new TextDecoder().decode(bytes).includes(`{"type":"${type}"`);
}

const STAGES: readonly Stage[] = [
  { sends: "roster", nth: 2 },
  { sends: "complete" },
  { sends: "confirmed", nth: 2 },
  { sends: "sum" },
];

for (const { sends, nth = 1 } of STAGES) {
  Deno.test(`a collector that is gone before its "${sends}" ${nth} holds the givers no longer than any member that is gone`, async () => {
    let seen = 0, isGone = false;
    await using sites: VirtualSites = new VirtualSites(COUNT, {
      stepTimeout: 30_000,
      tamper: (k) => (protocol, bytes) => {
        if (k !== COLLECTOR) return bytes;
        if (isGone) return undefined;
        if (!protocol.includes("average") || !isOf(bytes, sends) || ++seen < nth) return bytes;
        isGone = true;
        sites.kill(k, { machine: true });
      },
    });
    await sites.start(0, 1, 2, 3);
    const began = sites.world.time;
    sites.step(COLLECTOR, 0).catch(() => {});
    const results = await sites.done(Promise.all(MEMBERS.map((k) => sites.step(k, 0))));
    assert(isGone);
    const took = sites.world.time - began;
    assert(took < LONGEST, `it took ${took} ms`);
    for (const [i, k] of MEMBERS.entries()) {
      assertEquals(results[i].partners, []);
      assertEquals(sites.vector(k), [0, 1, 2, 3].map((j) => j === k ? 1 : 0));
    }
    for (const { partners } of await sites.done(Promise.all(MEMBERS.map((k) => sites.step(k, 1))))) {
      assertEquals(partners.length, 2);
    }
  });
}

Deno.test("those who wait for one that gathers and is gone make the sum of the same step among themselves", async () => {
  await using sites = new VirtualSites(COUNT, { stepTimeout: 30_000 });
  await sites.start(0, 1, 2, 3);
  sites.step(COLLECTOR, 0).catch(() => {});
  const early = [1, 2].map((k) => sites.step(k, 0));
  await sites.pass(1_000);
  const began = sites.world.time;
  sites.kill(COLLECTOR, { machine: true });
  const results = await sites.done(Promise.all([...early, sites.step(3, 0)]));
  assertEquals(results.map(({ partners }) => partners.length), [2, 2, 2], JSON.stringify(results));
  const took = sites.world.time - began;
  assert(took < LONGEST, `it took ${took} ms`);
  const mean = sites.mean(1, 2, 3);
  for (const k of MEMBERS) for (const [j, value] of sites.vector(k).entries()) assert(Math.abs(value - mean[j]) < 1e-6);
});
