/** Members that are alive and say nothing in a sum, with the default waits: real meshes in a virtual world. */
import { assert, assertEquals } from "@std/assert";
import { VirtualSites } from "./_virtual_sites.ts";

const SILENT = 0, OTHERS = [1, 2, 3], ALL = [SILENT, ...OTHERS];

const isOf = (bytes: Uint8Array, types: readonly string[]) => {
  const text = bytes.length < 10_000 ? new TextDecoder().decode(bytes) : "";
  return types.some((type) => text.includes(`{"type":"${type}"`));
};

/** Sites that have made the sums of steps 1 to 3, of which the silent one sends none of `unsaid` from now on. */
async function sitesBefore(unsaid: readonly string[]): Promise<VirtualSites> {
  let isSilent = false;
  const sites = new VirtualSites(ALL.length, {
    stepTimeout: 30_000,
    tamper: (k) => (protocol, bytes) =>
      isSilent && k === SILENT && protocol.includes("average") && isOf(bytes, unsaid) ? undefined : bytes,
  });
  await sites.start(...ALL);
  for (const step of [1, 2, 3]) {
    for (const { partners } of await sites.done(Promise.all(ALL.map((k) => sites.step(k, step))))) {
      assertEquals(partners.length, 3);
    }
  }
  isSilent = true;
  return sites;
}

/** All come to `step`: how long the others were held, in milliseconds, with how many each averaged, and why not. */
async function stepOf(sites: VirtualSites, step: number) {
  const began = sites.world.time;
  sites.step(SILENT, step).catch(() => {});
  const results = await sites.done(Promise.all(OTHERS.map((k) => sites.step(k, step))));
  return {
    took: sites.world.time - began,
    partners: results.map(({ partners }) => partners.length),
    skipped: results.map(({ skipped = "" }) => skipped),
  };
}

for (const unsaid of ["complete", "confirmed", "sum"]) {
  Deno.test(`a collector that is alive and never sends its "${unsaid}" holds the others for seconds, twice, and is then replaced at once`, async () => {
    await using sites = await sitesBefore([unsaid, "void"]);
    const held: number[] = [];
    let replaced = 0;
    for (let step = 4; step <= 17; step++) {
      const { took, partners, skipped } = await stepOf(sites, step);
      if (partners.includes(0)) {
        held.push(took);
        assert(
          skipped.every((why) => /the sum as a whole: not done within [78]\d{3} ms$/.test(why)),
          skipped.join("\n"),
        );
        for (const k of OTHERS) assert(sites.vector(k).every((value) => value > 0)); // what the sums before had made
      } else assert(took < 2_000, `step ${step} took ${took} ms`);
      if (held.length === 2 && !partners.includes(0) && partners.every((count) => count === 2)) replaced++;
    }
    // one that ended it was seen for 60 s
    assert(held.length === 2 && held.every((took) => took < 10_000), `it held them for ${held.join(", ")} ms`);
    assertEquals(replaced > 0, true);
  });
}

Deno.test("a member that is alive and never gives its part is named by whoever collects, holds nobody for long, and is left out after two sums of each", async () => {
  await using sites = await sitesBefore(["masked", "void"]);
  const silent = sites.sites[SILENT].peerId;
  for (const step of [5, 6, 7]) {
    const { took, partners, skipped } = await stepOf(sites, step);
    assertEquals(partners, [0, 0, 0]);
    assert(took < 9_000, `step ${step} took ${took} ms`);
    assert(
      skipped.every((why) => why.includes(`${silent} dropped out: the sum as a whole: not done within`)),
      skipped[0],
    );
  }
  for (const step of [9, 10, 11]) assertEquals((await stepOf(sites, step)).partners, [0, 0, 0]);
  for (const step of [13, 14, 15]) {
    const { took, partners } = await stepOf(sites, step);
    assertEquals(partners, [2, 2, 2]);
    assert(took < 2_000, `step ${step} took ${took} ms`);
  }
  // nobody takes it for the collector's fault
  for (const k of OTHERS) {
    const blamed = sites.sites[k].events.flatMap((event) => event.type === "warning" && event.peer ? [event.peer] : []);
    assert(blamed.every((peer) => peer === silent), blamed.join());
  }
});
