/** Real peers that are told no network, and plan together before they train. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { siteFromJson } from "../../src/peer/report/json.ts";
import { makeConsortium, WatchedPeer, withDirectory } from "./_consortium.ts";

type Written = { plan?: object; network?: object; data: { spacing?: unknown; crop?: number[] }; policy?: object };

async function changeConfiguration(path: string, change: (configuration: Written) => void): Promise<void> {
  const configuration = JSON.parse(await Deno.readTextFile(path));
  change(configuration);
  await Deno.writeTextFile(path, JSON.stringify(configuration));
}

const readState = async (site: string, name: string) => await Deno.readTextFile(join(site, "state", name));

Deno.test("three peers that are told no network plan, go by one plan, and train; one releases nothing", () =>
  withDirectory(async (directory) => {
    const shared = { schedule: { rounds: 1, stepsPerRound: 1, exchanges: 1 }, fineTune: { steps: 1 } };
    const sites = await makeConsortium(directory, 3, shared);
    for (const [i, { configuration }] of sites.entries()) {
      await changeConfiguration(configuration, (written) => {
        delete written.network;
        delete written.data.spacing;
        written.data.crop = [40, 40, 40]; // small volumes make a small plan
        written.plan = {};
        if (i === 2) written.policy = { fingerprint: false };
      });
    }
    const peers = sites.map((site) => new WatchedPeer(site));
    const plans = await Promise.all(peers.map((peer) => peer.event("plan")));
    assertEquals(new Set(plans.map(({ plan }) => plan)).size, 1);
    assertEquals(plans.map(({ sites }) => sites), [3, 3, 3]);
    for (const peer of peers) {
      const { code, log } = await peer.end();
      assertEquals(code, 0, log);
    }
    const kept = await Promise.all(sites.map(async (site) => JSON.parse(await readState(site.directory, "plan.json"))));
    for (const { fixed } of kept) {
      assertEquals(fixed.plan, kept[0].fixed.plan);
      const said = fixed.basis.map(({ peer, says }: { peer: string; says: object }) => [peer, Object.keys(says)[0]]);
      assertEquals(
        new Map(said),
        new Map(sites.map(({ peerId }, i) => [peerId, i === 2 ? "refused" : "fingerprint"])),
      );
    }
    for (const [i, { directory: site }] of sites.entries()) {
      const lines = (await readState(site, "audit.jsonl")).trimEnd().split("\n").map((line) => JSON.parse(line));
      const released = lines.filter(({ kind }) => kind === "fingerprint");
      const others = sites.filter((_, other) => other !== i).map(({ peerId }) => peerId);
      assert(released.every(({ peer, bytes, digest }) => others.includes(peer) && bytes > 0 && digest.length === 64));
      assert(i === 2 ? released.length === 0 : released.length > 0);
    }
    const report = join(sites[0].directory, "results", "site.json");
    const { members } = siteFromJson(await Deno.readTextFile(report), report);
    assertEquals(members.length, 2);
    assertMatch(plans[0].plan, /^voxels of [\d.]+ x [\d.]+ x [\d.]+ mm/);
  }));
