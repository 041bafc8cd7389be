/**
 * A round that lasts longer than proxies let a connection be idle. Pings (`src/mesh/finding/liveness.ts`) keep it alive,
 * and so do those of the multiplexer, each 30 s: without both this fails.
 */
import { assert, assertEquals } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { sleep } from "../../src/core/deadline.ts";
import { siteFromJson } from "../../src/peer/report/json.ts";
import { makeAuthority } from "../_certificates.ts";
import { startTogether } from "./_consortium.ts";
import { byNight, HOSTS, makeSites, noProxies, startSecureRelay, testWhere } from "./_networked.ts";
import { Network } from "./fixtures/network.ts";
import { type Server, startSquid } from "./fixtures/proxies.ts";

/** Seconds after which the proxies cut a connection on which nothing comes. */
const IDLE = 60;

const PRELOAD = fromFileUrl(new URL("fixtures/held_training.ts", import.meta.url));

/** For how long each tunnel was open that a squid has closed, in milliseconds. */
async function closedTunnels(proxy: Server): Promise<number[]> {
  const lines = (await proxy.text("access.log")).split("\n").filter((line) => line.includes(" CONNECT "));
  return lines.map((line) => Number(line.trim().split(/\s+/)[1]));
}

testWhere(
  noProxies ?? byNight,
  "sites average after a round that is longer than proxies let be idle: those that train are still connected, those that slept call again",
  async (directory) => {
    await using network = await Network.make({ relay: "public", a: "proxy", b: "proxy" });
    const authority = await makeAuthority(directory, "authority");
    const proxyOf = (site: string) =>
      startSquid({ folder: `${directory}/squid-${site}`, at: network.at(`${site}-router`), hosts: HOSTS, idle: IDLE });
    await using proxyOfA = await proxyOf("a");
    await using proxyOfB = await proxyOf("b");
    const proxies = [proxyOfA, proxyOfB];
    await using relay = await startSecureRelay(directory, { network, authority });
    const end = join(directory, "end-of-training");
    // two consortia with a site in each hospital: one trains all the time, one is stopped
    const sites = [];
    for (const name of ["awake", "asleep"]) sites.push(...await makeSites(join(directory, name), relay.address, {}, 3));
    const environment = ["HTTPS_PROXY=http://192.168.0.1:3128", `DENO_CERT=${authority.certificate}`];
    const ways = ["a", "b"].map((site) => [...network.at(site), "env", ...environment, `HELD_UNTIL=${end}`]);
    const peers = await startTogether(sites.map((site) => ({ ...site, preload: PRELOAD })), [...ways, ...ways]);
    await using _killed = {
      [Symbol.asyncDispose]: async () => void await Promise.all(peers.map((peer) => peer.kill())),
    };
    await Promise.all(peers.map((peer) => peer.event("round", ({ round }) => round === 1)));
    const [awake, asleep] = [peers.slice(0, 2), peers.slice(2)];
    const [since, before] = [performance.now(), await Promise.all(proxies.map(closedTunnels))];
    for (const peer of asleep) peer.signal("SIGSTOP");
    const cut = async () =>
      (await Promise.all(proxies.map(closedTunnels))).map((all, i) => all.slice(before[i].length));
    while ((await cut()).some((tunnels) => tunnels.length === 0)) await sleep(1000);

    assert(performance.now() - since > 1000 * IDLE);
    for (const { events } of awake) {
      assertEquals(events.filter((event) => event.type === "member" && event.state === "left"), []);
      assertEquals(events.filter(({ type }) => type === "round").length, 1);
    }
    await Promise.all(asleep.map(async (peer) => {
      const told = peer.events.length;
      peer.signal("SIGCONT");
      await peer.event("member", (event) => event.state === "joined" && peer.events.indexOf(event) >= told);
    }));
    // each proxy has cut one tunnel: that of the site that slept
    for (const tunnels of await cut()) assert(tunnels.length === 1 && tunnels[0] > 1000 * IDLE, `${tunnels}`);
    await Deno.writeTextFile(end, "");
    for (const [i, peer] of peers.entries()) {
      const { code, log } = await peer.end();
      assertEquals(code, 0, log);
      const path = join(sites[i].directory, "results", "site.json");
      const { rounds } = siteFromJson(await Deno.readTextFile(path), path);
      assertEquals(rounds.find(({ round }) => round === 2)?.partners, [sites[i ^ 1].peerId], log);
    }
  },
);
