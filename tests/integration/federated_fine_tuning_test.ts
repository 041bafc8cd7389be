/** Peers that fine-tune together, round by round, in processes of their own. */
import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import type { WrittenSite } from "../../src/cli/consortium.ts";
import { flatten } from "../../src/core/vectors.ts";
import { consensusDistance } from "../../src/mesh/averaging/sketch.ts";
import { readLatestCheckpoint } from "../../src/model/checkpoint.ts";
import { verifyAuditLog } from "../../src/peer/audit_log.ts";
import type { Method } from "../../src/peer/events.ts";
import { siteFromJson } from "../../src/peer/report/json.ts";
import { makeConsortium, WatchedPeer, withDirectory } from "./_consortium.ts";

const ROUNDS = 3;
const SHARED = {
  schedule: { rounds: 2, stepsPerRound: 2, exchanges: 2 },
  fineTune: { mode: "federated", rounds: ROUNDS, steps: 8 },
};

const METHODS: readonly Method[] = ["fcl", "scratch"];

/** The U-Net's weights that a site ended a method's fine-tuning with. */
async function tunedWeights({ directory }: WrittenSite, method: Method): Promise<Float32Array> {
  const checkpoint = await readLatestCheckpoint(join(directory, "state", "fine-tuning", method));
  assertEquals((checkpoint!.state as { round: number }).round, ROUNDS);
  return flatten(checkpoint!.vectors.filter(({ name }) => !name.startsWith("state/")));
}

async function readReport({ directory }: WrittenSite) {
  const path = join(directory, "results", "site.json");
  return siteFromJson(await Deno.readTextFile(path), path);
}

const roundsOf = (peer: WatchedPeer, method: Method) =>
  peer.events.flatMap((event) => event.type === "round" && event.method === method ? [event] : []);

async function changeConfiguration({ configuration: path }: WrittenSite, changes: Record<string, object>) {
  const configuration = JSON.parse(await Deno.readTextFile(path));
  for (const [name, part] of Object.entries(changes)) configuration[name] = { ...configuration[name], ...part };
  await Deno.writeTextFile(path, JSON.stringify(configuration));
}

Deno.test("three peers fine-tune both methods together and come to nearly one network each", () =>
  withDirectory(async (directory) => {
    const sites = await makeConsortium(directory, 3, SHARED);
    for (const site of sites) {
      await changeConfiguration(site, { mesh: { averaging: { topology: "complete" }, patience: 60_000 } });
    }
    const peers = sites.map((site) => new WatchedPeer(site));
    for (const peer of peers) assertEquals((await peer.end()).code, 0, await peer.log());
    for (const method of METHODS) {
      for (const peer of peers) {
        assertEquals(roundsOf(peer, method).map(({ round, rounds }) => [round, rounds]), [[1, 3], [2, 3], [3, 3]]);
        for (const { partners } of roundsOf(peer, method)) assertEquals(partners.length, 2);
      }
      const distance = consensusDistance(await Promise.all(sites.map((site) => tunedWeights(site, method))));
      assert(distance < 1e-3, `${method}: the networks are ${distance} apart`);
    }
    for (const site of sites) {
      const { fineTuneRounds, fineTune, dice, rounds } = await readReport(site);
      assertEquals(fineTuneRounds!.map(({ method, round }) => `${method} ${round}`), [
        ...["fcl 1", "fcl 2", "fcl 3", "scratch 1", "scratch 2", "scratch 3"],
      ]);
      assertEquals([rounds.length, fineTune.fcl.length, fineTune.scratch.length], [2, 8, 8]);
      assertEquals(new Set(dice.map(({ method }) => method)).size, 2);
      assert(await verifyAuditLog(join(site.directory, "state", "audit.jsonl")) > 0);
    }
    const blamed = peers.flatMap(({ events }) => events.filter(({ type }) => type === "warning"));
    assertEquals(blamed, []);
  }));
