/** Real peers in processes of their own, on real NIfTI files, with real signals. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { readVolume } from "../../src/data/formats/read.ts";
import { readLatestCheckpoint } from "../../src/model/checkpoint.ts";
import type { AuditLine } from "../../src/peer/audit/audit_log.ts";
import { verifyAuditLog } from "../../src/peer/audit/reading.ts";
import { siteFromJson } from "../../src/peer/report/json.ts";
import { makeConsortium, WatchedPeer, withDirectory } from "./_consortium.ts";

async function readSite(directory: string) {
  const path = join(directory, "results", "site.json");
  return siteFromJson(await Deno.readTextFile(path), path);
}

/** The whole lines of a site's audit log on one kind of bytes. */
async function auditLines(site: string, kind: AuditLine["kind"]): Promise<AuditLine[]> {
  const text = await Deno.readTextFile(join(site, "state", "audit.jsonl"));
  return text.split("\n").slice(0, -1).map((line) => JSON.parse(line)).filter((line) => line.kind === kind);
}

interface Changeable {
  engine: { name: string };
  pretrain: { temperature?: number };
  schedule: { stepsPerRound: number };
  mesh: { members: string[]; averaging?: object };
  policy?: object;
}

async function changeConfiguration(path: string, change: (configuration: Changeable) => void) {
  const configuration = JSON.parse(await Deno.readTextFile(path));
  change(configuration);
  await Deno.writeTextFile(path, JSON.stringify(configuration));
}

Deno.test("three peers, one killed and started again: all come to their end and agree", () =>
  withDirectory(async (directory) => {
    const sites = await makeConsortium(directory, 3, { schedule: { rounds: 4, stepsPerRound: 2, exchanges: 1 } });
    for (const { configuration } of sites) {
      await changeConfiguration(configuration, ({ mesh }) => mesh.averaging = { outer: { name: "gossip-nesterov" } });
    }
    const [first, second, third] = sites.map((site) => new WatchedPeer(site));
    await third.event("round", ({ round }) => round === 2);
    third.signal("SIGKILL");
    await third.end();

    // the others wait, so that they have not ended when it is back
    for (const peer of [first, second]) peer.signal("SIGSTOP");
    const again = new WatchedPeer(sites[2]);
    const { resumedFrom = 0 } = await again.event("started");
    for (const peer of [first, second]) peer.signal("SIGCONT");
    assert(resumedFrom >= 1, `resumed from ${resumedFrom}`);
    for (const peer of [first, second, again]) {
      const { code, log } = await peer.end();
      assertEquals(code, 0, log);
    }
    const rounds = again.events.filter(({ type }) => type === "round").map((event) => "round" in event && event.round);
    // its last round is told of again, unless the kill came when all of it was written down
    const after = rounds.slice(rounds[0] === resumedFrom ? 1 : 0);
    assertEquals(after, Array.from({ length: 4 - resumedFrom }, (_, i) => resumedFrom + 1 + i));

    const reports = await Promise.all(sites.map(({ directory }) => readSite(directory)));
    assert(reports.some(({ members }) => members.some(({ exchanges }) => exchanges > 0)));
    assert(reports.some(({ bytes }) => bytes.weights.sent > 0));
    const checkpoints = await Promise.all(
      sites.map(({ directory }) => readLatestCheckpoint(join(directory, "state", "checkpoints"))),
    );
    const momenta = checkpoints.map((checkpoint) =>
      checkpoint!.vectors.find(({ name }) => name === "state/outer/momentum")!
    );
    assert(momenta.some(({ data }) => data.some((value) => value !== 0)));
    for (const [i, report] of reports.entries()) {
      const { directory: site } = sites[i];
      assertEquals(report.dice.map(({ method }) => method).sort(), ["pretrained", "pretrained"]);
      assertEquals(report.rounds.map(({ round }) => round), [1, 2, 3, 4]);
      assertEquals(report.members.length, 2);
      assert(report.members.every(({ mass, lastSeen }) => mass! > 0 && lastSeen !== null));
      const audited = await verifyAuditLog(join(site, "state", "audit.jsonl"));
      assert(audited > 0);
      for (const { case: id, method } of report.dice) {
        const prediction = await readVolume(join(site, "results", "predictions", method, `${id}.nii.gz`));
        const image = await readVolume(join(directory, "phantoms", "imagesTr", `${id}.nii.gz`));
        assertEquals(prediction.dims, image.dims);
        assertEquals(prediction.affine, image.affine);
      }
    }
  }));

Deno.test("a peer that was killed or interrupted goes on when it is started again, and averages with the others again", () =>
  withDirectory(async (directory) => {
    const sites = await makeConsortium(directory, 2, { schedule: { rounds: 1000, stepsPerRound: 1, exchanges: 1 } });
    const [other, peer] = sites.map((site) => new WatchedPeer(site));
    const { round } = await peer.event("round", ({ partners }) => partners.length > 0);
    peer.signal("SIGKILL");
    await peer.end();
    const again = new WatchedPeer(sites[1]);
    const later = await again.event("round", (one) => one.round > round && one.partners.length > 0);
    assertEquals(later.partners, [sites[0].peerId]);
    for (const one of [other, again]) {
      one.signal("SIGINT");
      const { code, log } = await one.end();
      assertEquals(code, 130);
      assertMatch(log, /ended by SIGINT; started again, it goes on from its last round\n$/);
    }
    const last = new WatchedPeer(sites[1]);
    const { resumedFrom } = await last.event("started");
    assert(resumedFrom! >= later.round, `resumed from ${resumedFrom}`);
    last.signal("SIGKILL");
    await last.end();
  }));

Deno.test("peers on different engines train one model together, and features travel sealed, under each site's own policy", () =>
  withDirectory(async (directory) => {
    // as many rounds as it takes for the two to meet: one engine is much slower than the other
    const sites = await makeConsortium(directory, 2, { schedule: { rounds: 1000, stepsPerRound: 1, exchanges: 1 } });
    await changeConfiguration(sites[0].configuration, (site) => site.policy = { featuresPerRound: 50 });
    await changeConfiguration(sites[1].configuration, (site) => {
      site.policy = { noise: { epsilon: 1, delta: 1e-5 }, totalEpsilon: 1e5 };
      site.engine.name = "cpu";
    });
    const peers = sites.map((site) => new WatchedPeer(site));
    for (const [i, peer] of peers.entries()) {
      assertEquals((await peer.event("started")).engine.name, ["wasm", "cpu"][i]);
      const { partners } = await peer.event("round", ({ partners }) => partners.length > 0);
      assertEquals(partners, [sites[1 - i].peerId]);
    }
    for (const [i, { directory: site }] of sites.entries()) {
      // what one gives, the other takes: each log holds what its site gave
      let given: AuditLine[] = [];
      const rounds = () => peers[i].events.filter(({ type }) => type === "round").length;
      for (let least = 1; given.length === 0; least = rounds() + 1) {
        await peers[i].event("round", () => rounds() >= least); // who comes late leaves numbers out
        given = await auditLines(site, "embeddings");
      }
      // each site's own policy held, whatever the other's is
      for (const { policy, peer } of given) {
        assertEquals(peer, sites[1 - i].peerId);
        assertEquals([policy!.noise !== null, policy!.features <= 50], i === 0 ? [false, true] : [true, false]);
      }
    }
    for (const peer of peers) {
      peer.signal("SIGINT");
      assertEquals((await peer.end()).code, 130);
    }
  }));

Deno.test("peers with different settings refuse each other, name the setting, and train on alone", () =>
  withDirectory(async (directory) => {
    // as many rounds as it takes for the two to meet
    const sites = await makeConsortium(directory, 2, { schedule: { rounds: 1000, stepsPerRound: 1, exchanges: 1 } });
    await changeConfiguration(sites[1].configuration, ({ pretrain }) => pretrain.temperature = 0.1);
    const peers = sites.map((site) => new WatchedPeer(site));
    const refused = peers.map((peer) =>
      peer.event("member", ({ reason }) => reason?.includes("pretrain.temperature") ?? false)
    );
    await Promise.all(refused);
    for (const [i, peer] of peers.entries()) {
      const last = peer.events.filter(({ type }) => type === "round").length;
      await peer.event("round", ({ round }) => round > last);
      peer.signal("SIGINT");
      assertEquals((await peer.end()).code, 130, await peer.log());
      assertEquals(peer.events.flatMap((event) => event.type === "round" ? event.partners : []), []);
      assertEquals(await auditLines(sites[i].directory, "weights"), []);
    }
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

Deno.test("a fresh peer that comes late goes on from a member's weights", () =>
  withDirectory(async (directory) => {
    const schedule = { rounds: 1000, stepsPerRound: 1, exchanges: 1 };
    const sites = await makeConsortium(directory, 2, { schedule, pretrain: { volumes: 2, decaySteps: 1000 } });
    // the late peer's rounds are long, so that it cannot catch up before the two have met
    await changeConfiguration(sites[1].configuration, ({ schedule }) => schedule.stepsPerRound = 20);
    const early = new WatchedPeer(sites[0]);
    await early.event("round", ({ round }) => round === 5);
    const late = new WatchedPeer(sites[1]);
    await late.event("note", ({ message }) => message.startsWith("came late"));
    const { round } = await late.event("round", ({ partners }) => partners.length > 0);
    assert(round >= 5, `its first round with others is ${round}`);
    // the weights, then the optimiser, which it has not refused
    const given = (await auditLines(sites[0].directory, "weights")).filter(({ peer }) => peer === sites[1].peerId);
    assert(given[0].round === given[1].round && given[0].bytes !== given[1].bytes, JSON.stringify(given.slice(0, 2)));
    const refused = late.events.filter((event) => event.type === "warning" && event.message.includes("refused"));
    assertEquals(refused, []);
    for (const peer of [early, late]) {
      peer.signal("SIGINT");
      assertEquals((await peer.end()).code, 130);
    }
  }));
