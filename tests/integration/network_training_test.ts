/** Whole trainings of real peers on networks that hospitals have. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import type { WrittenSite } from "../../src/cli/consortium.ts";
import { siteFromJson } from "../../src/peer/report/json.ts";
import { makeAuthority, makeCertificate, whyNoOpenssl } from "../_certificates.ts";
import { changeConfiguration, startTogether, WatchedPeer } from "./_consortium.ts";
import { byNight, HOSTS, makeSites, noNamespaces, noProxies, startSecureRelay, testWhere } from "./_networked.ts";
import { root } from "./fixtures/deno_run.ts";
import { makeStates } from "./fixtures/mesh_process.ts";
import { Network } from "./fixtures/network.ts";
import { startSquid, startTinyproxy, whyNoTinyproxy } from "./fixtures/proxies.ts";
import { RelayProcess } from "./fixtures/relay_process.ts";

/** Waits for their end, and sees in their reports that they averaged, all with all, and had each other's features. */
async function endTogether(peers: readonly WatchedPeer[], sites: readonly WrittenSite[]): Promise<void> {
  for (const [i, peer] of peers.entries()) {
    const { code, log } = await peer.end();
    assertEquals(code, 0, log);
    const path = join(sites[i].directory, "results", "site.json");
    const { bytes: { weights, embeddings }, members } = siteFromJson(await Deno.readTextFile(path), path);
    assert(members.length === sites.length - 1 && members.every(({ exchanges }) => exchanges > 0), log);
    assert(weights.sent > 0 && weights.received > 0, log);
    assert(embeddings.sent > 0 && embeddings.received > 0, log);
  }
}

/** Counts the bytes of UDP that pass between two sites. */
async function countUdp(network: Network, one: string, other: string) {
  const nft = async (...args: string[]) => {
    const [program, ...before] = network.at("internet");
    const { stdout } = await new Deno.Command(program, { args: [...before, "nft", ...args] }).output();
    return new TextDecoder().decode(stdout);
  };
  const ways = [[one, other], [other, one]].map(([from, to]) =>
    `add rule ip watch passing iifname ${from}-router oifname ${to}-router meta l4proto udp counter name datagrams`
  );
  const chain = "add chain ip watch passing { type filter hook forward priority 0; }";
  await nft(["add table ip watch", "add counter ip watch datagrams", chain, ...ways].join("; "));
  return async () => Number(/bytes (\d+)/.exec(await nft("list", "counter", "ip", "watch", "datagrams"))?.[1]);
}

/** What `deno task doctor` says of a site, a line a finding, and its exit code. */
async function doctorOf({ configuration }: WrittenSite, before: readonly string[]) {
  const flags = ["run", "--no-prompt", "--allow-read", "--allow-write", "--allow-env", "--allow-net", "--allow-sys"];
  const script = [Deno.execPath(), ...flags, "--allow-ffi", `${root}src/cli/doctor.ts`, "--config", configuration];
  const [program, ...args] = [...before, "env", "NO_COLOR=1", ...script];
  const { code, stdout } = await new Deno.Command(program, { args }).output();
  return { code, text: new TextDecoder().decode(stdout) };
}

testWhere(
  noProxies,
  "two sites train whose proxies alone lead out, one with a login, one that ends TLS, and doctor says how they go out",
  async (directory) => {
    await using network = await Network.make({ relay: "public", a: "proxy", b: "proxy" });
    const [authority, hospital] = [
      await makeAuthority(directory, "authority"),
      await makeAuthority(directory, "hospital"),
    ];
    await using _proxyOfA = await startSquid({
      ...{ folder: `${directory}/squid-a`, at: network.at("a-router"), hosts: HOSTS, login: "site:p@ss word" },
    });
    await using _proxyOfB = await startSquid({
      ...{ folder: `${directory}/squid-b`, at: network.at("b-router"), hosts: HOSTS },
      inspects: { authority: hospital, trusted: authority.certificate },
    });
    await using relay = await startSecureRelay(directory, { network, authority });
    const sites = await makeSites(directory, relay.address, {}, 3);
    const proxy = "192.168.0.1:3128";
    const [byA, byB] = [`HTTPS_PROXY=http://site:p%40ss%20word@${proxy}`, `HTTPS_PROXY=http://${proxy}`];
    const ways = [
      [...network.at("a"), "env", byA, `DENO_CERT=${authority.certificate}`],
      [...network.at("b"), "env", byB, `DENO_CERT=${hospital.certificate}`],
    ];
    const peers = await startTogether(sites, ways);
    await endTogether(peers, sites);
    const [good, noLogin] = await Promise.all([
      doctorOf(sites[1], ways[1]),
      doctorOf(sites[0], [...network.at("a"), "env", byB, `DENO_CERT=${authority.certificate}`]),
    ]);
    const [out, asks] = [`by the proxy ${proxy} (HTTPS_PROXY)`, "asks for a user and a password (407)"];
    assertEquals([good.code, noLogin.code], [4, 4]); // the other site does not run any more
    assertStringIncludes(good.text, `addresses that end in /wss are called by ${proxy} (HTTPS_PROXY)`);
    assertMatch(good.text, /^ok +relays +the relay \S+ is reached at /m);
    assertMatch(good.text, /not reached: \S+: the relay has no slot for it/);
    assertStringIncludes(good.text, `takes websockets, ${out}`);
    assertMatch(
      noLogin.text,
      new RegExp(`^warning +way out +${relay.address}: the proxy \\S+ \\S+ ${asks.replace(/[()]/g, "\\$&")}`, "m"),
    );
    assertStringIncludes(noLogin.text, "-> write them into HTTPS_PROXY");
  },
);

testWhere(
  noNamespaces ?? await whyNoOpenssl() ?? await whyNoTinyproxy() ?? byNight,
  "a site whose proxy alone leads out trains with one that listens on secure websockets, without a relay",
  async (directory) => {
    await using network = await Network.make({ a: "proxy", b: "public" });
    const authority = await makeAuthority(directory, "authority");
    await using _proxy = await startTinyproxy({
      ...{ folder: `${directory}/tinyproxy`, at: network.at("a-router"), hosts: { "b.example": "11.0.2.2" } },
      login: "site:password",
    });
    const tls = await makeCertificate("b", { folder: directory, by: authority, names: ["DNS:b.example"] });
    const address = "/dns4/b.example/tcp/443/wss";
    const [a, b] = await makeSites(directory, undefined, {}, 8);
    await changeConfiguration(a, { mesh: { bootstrap: [address] } });
    await changeConfiguration(b, { mesh: { listen: ["/ip4/0.0.0.0/tcp/443/wss"], announce: [address], tls } });
    const out = ["env", "HTTPS_PROXY=http://site:password@192.168.0.1:3128", `DENO_CERT=${authority.certificate}`];
    await endTogether(await startTogether([a, b], [[...network.at("a"), ...out], network.at("b")]), [a, b]);
  },
);

testWhere(
  noProxies ?? byNight,
  "sites train through proxies by a relay, and one of them past its proxy with one in its own hospital",
  async (directory) => {
    await using network = await Network.make({ relay: "public", a: "proxy", b: "proxy" });
    const authority = await makeAuthority(directory, "authority");
    const proxyOf = (site: string) =>
      startSquid({ folder: `${directory}/squid-${site}`, at: network.at(`${site}-router`), hosts: HOSTS });
    await using proxyOfA = await proxyOf("a");
    await using _proxyOfB = await proxyOf("b");
    await using relay = await startSecureRelay(directory, { network, authority });
    const sites = await makeSites(directory, relay.address, { quorum: 2 }, 12, 3);
    const inside = "/ip4/192.168.0.1/tcp/443/wss";
    await changeConfiguration(sites[0], { mesh: { bootstrap: [inside] } });
    const tls = await makeCertificate("c", { folder: directory, by: authority, names: ["IP:192.168.0.1"] });
    await changeConfiguration(sites[2], { mesh: { listen: [inside], tls } });
    const way = (at: string, proxy: string) => [
      ...network.at(at),
      ...["env", `HTTPS_PROXY=http://${proxy}:3128`, "NO_PROXY=192.168.0.1", `DENO_CERT=${authority.certificate}`],
    ];
    // the third is in the hospital of a, beside its proxy
    const peers = [
      new WatchedPeer(sites[0], way("a", "192.168.0.1")),
      new WatchedPeer(sites[1], way("b", "192.168.0.1")),
      new WatchedPeer(sites[2], way("a-router", "127.0.0.1")),
    ];
    await endTogether(peers, sites);
    await proxyOfA.end(); // a tunnel is in its log once it is closed
    const asked = await proxyOfA.text("access.log");
    assert(asked.includes("CONNECT relay.example:443") && !asked.includes("192.168.0.1:443"), asked);
  },
);

testWhere(
  noNamespaces ?? byNight,
  "two sites behind silent NATs train over QUIC, to their end although the relay that joined them ends",
  async (directory) => {
    await using states = await makeStates(["relay"]);
    await using network = await Network.make({ relay: "both", a: "silent nat", b: "silent nat" });
    await using relay = new RelayProcess(
      states.directory.relay,
      ["--listen=/ip4/11.0.1.2/tcp/4001", "--quic=4001"],
      network.at("relay"),
    );
    const passed = await countUdp(network, "a", "b");
    const sites = await makeSites(directory, await relay.address(), { quic: 4001 }, 20);
    const peers = await startTogether(sites, [network.at("a"), network.at("b")]);
    // once an exchange has gone past the relay
    for (let seen = 0;; seen++) {
      const { bytes } = await peers[0].event("exchange", ({ round }) => round > seen);
      if (await passed() > bytes) break;
    }
    await relay.end("SIGKILL");
    const since = peers.map(({ events }) => events.length);
    await endTogether(peers, sites);
    for (const [i, { events }] of peers.entries()) {
      const later = events.slice(since[i]);
      const last = later.findLastIndex(({ type }) => type === "exchange");
      assert(later.filter(({ type }) => type === "exchange").length >= 3);
      // whoever is at its end first goes
      const gone = later.slice(0, last).filter((event) => event.type === "member" && event.state === "left");
      assertEquals(gone, []);
    }
  },
);
