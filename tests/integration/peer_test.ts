/** Real peers in processes of their own, on real NIfTI files, with real signals. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { readNifti } from "../../src/data/nifti/read.ts";
import { verifyAuditLog } from "../../src/peer/audit_log.ts";
import { siteFromJson } from "../../src/peer/report/json.ts";
import { makeConsortium, WatchedPeer, withDirectory } from "./_consortium.ts";

async function readSite(directory: string) {
  const path = join(directory, "results", "site.json");
  return siteFromJson(await Deno.readTextFile(path), path);
}

interface Changeable {
  engine: { name: string };
  pretrain: { temperature?: number };
  schedule: { stepsPerRound: number };
  mesh: { members: string[] };
}

async function changeConfiguration(path: string, change: (configuration: Changeable) => void) {
  const configuration = JSON.parse(await Deno.readTextFile(path));
  change(configuration);
  await Deno.writeTextFile(path, JSON.stringify(configuration));
}

Deno.test("three peers, one killed and started again: all come to their end and agree", () =>
  withDirectory(async (directory) => {
    const sites = await makeConsortium(directory, 3, { schedule: { rounds: 4, stepsPerRound: 2, exchanges: 1 } });
    const [first, second, third] = sites.map((site) => new WatchedPeer(site));
    await third.event("round", ({ round }) => round === 2);
    third.signal("SIGKILL");
    await third.end();

    const again = new WatchedPeer(sites[2]);
    const { resumedFrom = 0 } = await again.event("started");
    assert(resumedFrom >= 1, `resumed from ${resumedFrom}`);
    for (const peer of [first, second, again]) {
      const { code, log } = await peer.end();
      assertEquals(code, 0, log);
    }
    const rounds = again.events.filter(({ type }) => type === "round").map((event) => "round" in event && event.round);
    assertEquals(rounds.at(0), resumedFrom + 1);
    assertEquals(rounds.at(-1), 4);

    for (const { directory: site } of sites) {
      const report = await readSite(site);
      assertEquals(report.dice.map(({ method }) => method).sort(), ["fcl", "fcl", "scratch", "scratch"]);
      assertEquals(report.rounds.map(({ round }) => round), [1, 2, 3, 4]);
      assert(report.bytes.weights.sent > 0);
      const audited = await verifyAuditLog(join(site, "state", "audit.jsonl"));
      assert(audited > 0);
      for (const { case: id, method } of report.dice) {
        const prediction = await readNifti(join(site, "results", "predictions", method, `${id}.nii.gz`));
        const image = await readNifti(join(directory, "phantoms", "imagesTr", `${id}.nii.gz`));
        assertEquals(prediction.dims, image.dims);
        assertEquals(prediction.affine, image.affine);
      }
    }
  }));

Deno.test("features travel sealed and are learnt from", () =>
  withDirectory(async (directory) => {
    const sites = await makeConsortium(directory, 2);
    const peers = sites.map((site) => new WatchedPeer(site));
    for (const peer of peers) assertEquals((await peer.end()).code, 0, await peer.log());
    for (const { directory: site } of sites) {
      const { bytes } = await readSite(site);
      assert(bytes.embeddings.sent > 0 && bytes.embeddings.received > 0);
    }
  }));

Deno.test("a peer on one engine and a peer on another train one model together", () =>
  withDirectory(async (directory) => {
    const sites = await makeConsortium(directory, 2);
    await changeConfiguration(sites[1].configuration, ({ engine }) => engine.name = "cpu");
    const peers = sites.map((site) => new WatchedPeer(site));
    for (const peer of peers) assertEquals((await peer.end()).code, 0, await peer.log());
    for (const [i, { directory: site }] of sites.entries()) {
      const { engine, bytes } = await readSite(site);
      assertEquals(engine.name, ["wasm", "cpu"][i]);
      assert(bytes.weights.received > 0, "no weights were exchanged");
    }
  }));

Deno.test("peers with different settings refuse each other, name the setting, and train on alone", () =>
  withDirectory(async (directory) => {
    const sites = await makeConsortium(directory, 2);
    await changeConfiguration(sites[1].configuration, ({ pretrain }) => pretrain.temperature = 0.1);
    const peers = sites.map((site) => new WatchedPeer(site));
    for (const peer of peers) {
      await peer.event("member", ({ reason }) => reason?.includes("pretrain.temperature") ?? false);
      assertEquals((await peer.end()).code, 0, await peer.log());
    }
    assertEquals((await readSite(sites[0].directory)).bytes.weights.sent, 0);
  }));

Deno.test("a stranger gets nothing", () =>
  withDirectory(async (directory) => {
    const sites = await makeConsortium(directory, 2);
    await changeConfiguration(sites[0].configuration, ({ mesh }) => mesh.members.pop());
    const [host, stranger] = sites.map((site) => new WatchedPeer(site));
    assertEquals((await host.end()).code, 0, await host.log());
    assertEquals((await stranger.end()).code, 0, await stranger.log());
    const { bytes } = await readSite(sites[0].directory);
    assertEquals([bytes.weights.sent, bytes.embeddings.sent], [0, 0]);
    const received = (await readSite(sites[1].directory)).bytes;
    assertEquals([received.weights.received, received.embeddings.received, received.control.received], [0, 0, 0]);
  }));

Deno.test("SIGINT ends a peer cleanly; started again it goes on", () =>
  withDirectory(async (directory) => {
    const [site] = await makeConsortium(directory, 1);
    const peer = new WatchedPeer(site);
    await peer.event("round", ({ round }) => round === 1);
    peer.signal("SIGINT");
    const { code, log } = await peer.end();
    assertEquals(code, 130);
    assertMatch(log, /ended by SIGINT; started again, it goes on from its last round\n$/);
    const again = new WatchedPeer(site);
    assert((await again.event("started")).resumedFrom! >= 1);
    assertEquals((await again.end()).code, 0, await again.log());
  }));

Deno.test("a fresh peer that comes late goes on from a member's weights", () =>
  withDirectory(async (directory) => {
    const schedule = { rounds: 1000, stepsPerRound: 1, exchanges: 1 };
    const sites = await makeConsortium(directory, 2, { schedule, pretrain: { volumes: 2, decaySteps: 1000 } });
    // the late peer's rounds are long, so that it cannot catch up before the two have met
    await changeConfiguration(sites[1].configuration, ({ schedule }) => schedule.stepsPerRound = 20);
    const early = new WatchedPeer(sites[0]);
    await early.event("round", ({ round }) => round === 5);
    const late = new WatchedPeer(sites[1]);
    await late.event("warning", ({ message }) => message.startsWith("came late"));
    const { round } = await late.event("round", ({ partners }) => partners.length > 0);
    assert(round >= 5, `its first round with others is ${round}`);
    for (const peer of [early, late]) {
      peer.signal("SIGINT");
      assertEquals((await peer.end()).code, 130);
    }
  }));
