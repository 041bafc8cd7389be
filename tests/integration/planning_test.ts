/** Real peers that are told no network, and plan together before they train. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import type { WrittenSite } from "../../src/cli/consortium.ts";
import { siteFromJson } from "../../src/peer/report/json.ts";
import { makeConsortium, WatchedPeer, withDirectory } from "./_consortium.ts";

type Written =
  & { data: { spacing?: unknown; crop?: number[] } }
  & Partial<Record<"plan" | "network" | "schedule" | "fineTune" | "policy", object>>;

async function changeConfiguration(path: string, change: (configuration: Written) => void): Promise<void> {
  const configuration = JSON.parse(await Deno.readTextFile(path));
  change(configuration);
  await Deno.writeTextFile(path, JSON.stringify(configuration));
}

/** Leaves what a network is like, and with `minutes` how long it is trained, to a plan. */
function leaveToPlan(written: Written, plan: { minutes?: number; patience?: number } = {}): void {
  delete written.network;
  delete written.data.spacing;
  written.data.crop = [40, 40, 40]; // small volumes make a small plan
  written.plan = plan;
  if (plan.minutes === undefined) return;
  delete written.schedule;
  delete written.fineTune;
}

/**
 * In the night the sites that have planned train to the end, which keeps the processors busy for a minute. By day they
 * have more, so that they are there for who comes late also where a machine has much else to do.
 */
const IS_NIGHT = Deno.env.get("SYNCYTIUM_NIGHTLY") !== undefined;
const MINUTES = IS_NIGHT ? [1, 5] : [5];

/** Lets `first` plan by themselves within minutes, or, where a machine has so much else to do that it has no time, more. */
async function planSoon(sites: readonly WrittenSite[], first: readonly WrittenSite[]) {
  for (const minutes of MINUTES) {
    for (const { configuration } of sites) {
      await changeConfiguration(configuration, (written) => leaveToPlan(written, { minutes, patience: 0 }));
    }
    const early = first.map((site) => new WatchedPeer(site));
    const plans = await Promise.allSettled(early.map((peer) => peer.event("plan")));
    const failed = plans.find((plan) => plan.status === "rejected");
    if (!failed) return { early, plans: await Promise.all(early.map((peer) => peer.event("plan"))) };
    if (!String(failed.reason).includes("are left for training")) throw failed.reason;
    for (const peer of early) await peer.end();
    for (const { directory } of first) await Deno.remove(join(directory, "state", "plan.json"));
  }
  throw new Error("there is no time for a plan within five minutes");
}

const readState = async (site: string, name: string) => await Deno.readTextFile(join(site, "state", name));

Deno.test("three peers that are told no network plan, go by one plan, and train; one releases nothing", () =>
  withDirectory(async (directory) => {
    const shared = { schedule: { rounds: 1, stepsPerRound: 1, exchanges: 1 }, fineTune: { steps: 1 } };
    const sites = await makeConsortium(directory, 3, shared);
    for (const [i, { configuration }] of sites.entries()) {
      await changeConfiguration(configuration, (written) => {
        leaveToPlan(written);
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

const PLANNED = "sites plan their minutes; one that comes late takes the plan over, and keeps it over a kill" +
  (IS_NIGHT ? "; the others train to the end" : "");

Deno.test(PLANNED, () =>
  withDirectory(async (directory) => {
    const sites = await makeConsortium(directory, 3);
    const [first, second, late] = sites;
    const { early, plans } = await planSoon(sites, [first, second]);
    assertEquals([new Set(plans.map(({ plan }) => plan)).size, ...plans.map(({ sites }) => sites)], [1, 2, 2]);
    const [, rounds, steps, taught] = plans[0].plan.match(
      /; (\d+) rounds x \d+ steps of pre-training, (\d+) steps of fine-tuning(.*)$/,
    )!;

    let third = new WatchedPeer(late);
    assertEquals((await third.event("plan")).plan, plans[0].plan);
    const kept = await readState(late.directory, "plan.json");
    await third.event("started");
    third.signal("SIGKILL");
    await third.end();
    third = new WatchedPeer(late);
    assertEquals((await third.event("plan")).plan, plans[0].plan);
    assertEquals(await readState(late.directory, "plan.json"), kept);
    third.signal("SIGKILL");
    await third.end();

    if (!IS_NIGHT) return void await Promise.all(early.map((peer) => peer.kill()));
    assertEquals(taught, ", on labelled volumes only"); // one minute is too short to learn from others
    for (const [i, peer] of early.entries()) {
      const { code, log } = await peer.end();
      assertEquals(code, 0, log);
      const path = join(sites[i].directory, "results", "site.json");
      const { plannedRounds, fineTune, fineTuningPart, cases, cut } = siteFromJson(await Deno.readTextFile(path), path);
      assertEquals(plannedRounds, Number(rounds));
      // on a machine that is slower now than when it was measured the time is over before the steps are
      const { length: done } = fineTune.pretrained;
      assert(cut ? done > 0 && done <= Number(steps) : done === Number(steps), `${done} of ${steps} steps; ${cut}`);
      assert(cases.training > cases.labelled && fineTuningPart?.unlabelled === 0, JSON.stringify(fineTuningPart));
    }
  }));

Deno.test("a plan that one site gives is taken over by who plans; one that gives none is told what helps", () =>
  withDirectory(async (directory) => {
    const schedule = { rounds: 1_000, stepsPerRound: 1, exchanges: 1 };
    const sites = await makeConsortium(directory, 3, { schedule });
    const [giving, planning, plain] = sites;
    await changeConfiguration(giving.configuration, (written) => written.plan = {});
    await changeConfiguration(planning.configuration, (written) => {
      leaveToPlan(written);
      delete written.data.crop;
    });
    const peers = [giving, planning, plain].map((site) => new WatchedPeer(site));
    const [giver, planner, refused] = peers;
    assertEquals((await planner.event("plan")).sites, 1);
    const { fixed } = JSON.parse(await readState(planning.directory, "plan.json"));
    assertEquals([fixed.plan.spacing, fixed.plan.patch], [[4, 4, 4], [16, 16, 16]]);
    // who goes by the plan of the other averages with it
    await planner.event("round", ({ partners }) => partners.includes(giving.peerId));
    const { reason } = await refused.event(
      "member",
      ({ state, remote }) => state === "refused" && remote === giving.peerId,
    );
    assertMatch(
      reason!,
      /^(it refused: )?only the site (here|there) plans together with others: give the other one the same/,
    );
    assert(!giver.events.some(({ type }) => type === "plan"));
    for (const peer of peers) peer.signal("SIGKILL");
    for (const peer of peers) await peer.end();
  }));
