/** Three peers that train in sums which show nobody's weights, from the first round to tested networks. */
import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { flatten } from "../../src/core/vectors.ts";
import { consensusDistance } from "../../src/mesh/heads/sketch.ts";
import type { AuditRecord } from "../../src/mesh/protocols/traffic.ts";
import { readLatestCheckpoint } from "../../src/model/checkpoint.ts";
import { verifyAuditLog } from "../../src/peer/audit/reading.ts";
import { siteFromJson } from "../../src/peer/report/json.ts";
import { changeConfiguration, makeConsortium, WatchedPeer, withDirectory } from "./_consortium.ts";

const [ROUNDS, TUNED] = [2, 3];

Deno.test("three peers pre-train and fine-tune in secure sums: all that leaves is masked or the sum, and all end alike", () =>
  withDirectory(async (directory) => {
    const sites = await makeConsortium(directory, 3, {
      schedule: { rounds: ROUNDS, stepsPerRound: 2, exchanges: 1 },
      fineTune: { mode: "federated", rounds: TUNED, steps: 4 },
    });
    for (const site of sites) {
      await changeConfiguration(site, {
        mesh: { averaging: { topology: "complete", secure: true }, patience: 30_000 },
      });
    }
    const peers = sites.map((site) => new WatchedPeer(site));
    for (const peer of peers) assertEquals((await peer.end()).code, 0, await peer.log());
    for (const { directory } of sites) {
      const path = join(directory, "results", "site.json");
      const { rounds, fineTuneRounds, dice } = siteFromJson(await Deno.readTextFile(path), path);
      assertEquals([rounds.length, fineTuneRounds!.length, dice.length > 0], [ROUNDS, TUNED, true]);
      // a sum is of all or nothing; a new peer is in none before it has heard from the others, which takes rounds where a
      // machine is loaded, but before they fine-tune all wait for one another
      for (const { partners } of [...rounds, ...fineTuneRounds!]) assert([0, 2].includes(partners.length));
      assertEquals(new Set(fineTuneRounds!.at(-1)!.partners).size, 2);
      const log = join(directory, "state", "audit.jsonl");
      assert(await verifyAuditLog(log) > 0);
      const records: AuditRecord[] = (await Deno.readTextFile(log)).trim().split("\n").map((line) => JSON.parse(line));
      const weights = records.filter(({ kind }) => kind === "weights");
      assert(weights.length > 0, `${weights.length} lines`);
      assert(weights.every(({ sum }) => sum?.members === 3), JSON.stringify(weights.find(({ sum }) => !sum)));
    }
    const ended = await Promise.all(sites.map(async ({ directory }) => {
      const { vectors } = (await readLatestCheckpoint(join(directory, "state", "fine-tuning", "pretrained")))!;
      return flatten(vectors.filter(({ name }) => !name.startsWith("state/")));
    }));
    const distance = consensusDistance(ended);
    assert(distance < 1e-6, `the networks are ${distance} apart`);
    const told = peers.flatMap(({ events }) =>
      events.flatMap((event) => event.type === "warning" ? event.message : [])
    );
    assertEquals(told.filter((message) => /averaging|sum|differ/.test(message)), []);
  }));
