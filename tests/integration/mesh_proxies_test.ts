/**
 * Sites that an HTTP proxy alone leads out of: one asks for a login, one ends TLS and signs for every host itself. Both
 * cut connections on which nothing comes. Nothing else gets out, and no name is resolved inside.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { sleep } from "../../src/core/deadline.ts";
import type { WayOut } from "../../src/mesh/finding/way_out.ts";
import { makeAuthority, makeCertificate, whyNoOpenssl } from "../_certificates.ts";
import { denoRun, root } from "./fixtures/deno_run.ts";
import { makeStates, PeerProcess, type PeerProcessOptions } from "./fixtures/mesh_process.ts";
import { Network, whyNoNamespaces } from "./fixtures/network.ts";
import { startNginx, startSquid, whyNoProxies } from "./fixtures/proxies.ts";
import { RelayProcess } from "./fixtures/relay_process.ts";

const missing = await whyNoNamespaces() ?? await whyNoProxies() ?? await whyNoOpenssl();
const name = "sites behind proxies average, by a relay and by members that listen on secure websockets";

/**
 * Seconds after which the proxies cut what is idle, and milliseconds of silence after which a peer is gone, a third of
 * which lies between two signs of life: by night as hospitals have them, by day all shorter.
 */
const [IDLE, SILENCE] = Deno.env.get("SYNCYTIUM_NIGHTLY") ? [60, undefined] : [8, 15_000];

/** A folder that others may enter, too, since squid gives the rights of root away. */
async function makePlace(): Promise<AsyncDisposable & { folder: string }> {
  const folder = await Deno.makeTempDir({ prefix: "syncytium-proxies-" });
  await Deno.chmod(folder, 0o755);
  return { folder, [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }) };
}

/** Has `peer` exchange until it has done so with all of `partners`, whom it draws. */
async function exchangeWith(peer: PeerProcess, partners: readonly string[]): Promise<void> {
  const left = new Set(partners);
  for (let tries = 0; left.size > 0; tries++) {
    assert(tries < 60, `no exchange with ${[...left]}`);
    left.delete((await peer.do({ do: "exchange" })).partner ?? "");
  }
}

/** What comes of ways out that are tried by `command`. */
async function waysOut(command: string[], ...tries: [string, Record<string, string>, number?][]): Promise<WayOut[]> {
  const script = [Deno.execPath(), ...denoRun("/nowhere"), `${root}tests/integration/fixtures/ways_out.ts`];
  const [program, ...args] = [...command, ...script, ...tries.map((one) => JSON.stringify(one))];
  const { stdout } = await new Deno.Command(program, { args }).output();
  return JSON.parse(new TextDecoder().decode(stdout));
}

Deno.test({
  name: missing ? `${name} (skipped: ${missing})` : name,
  ignore: missing !== undefined,
  async fn() {
    await using states = await makeStates(["relay", "a", "b", "c", "d"]);
    await using network = await Network.make({ relay: "public", c: "public", a: "proxy", b: "proxy" });
    await using place = await makePlace();
    const { folder } = place;
    const [authority, hospital] = [await makeAuthority(folder, "authority"), await makeAuthority(folder, "hospital")];
    const certificate = (name: string, names: string[]) => makeCertificate(name, { folder, by: authority, names });
    const hosts = { "relay.example": "11.0.1.2", "c.example": "11.0.2.2" };
    await using proxyOfA = await startSquid({
      ...{ folder: `${folder}/squid-a`, at: network.at("a-router"), hosts, idle: IDLE },
      login: "site:p@ss word",
    });
    await using _proxyOfB = await startSquid({
      ...{ folder: `${folder}/squid-b`, at: network.at("b-router"), hosts, idle: IDLE },
      inspects: { authority: hospital, trusted: authority.certificate },
    });
    await using _nginx = await startNginx({
      ...{ folder: `${folder}/nginx`, at: network.at("c"), port: 8080, idle: IDLE },
      certificate: await certificate("c", ["DNS:c.example"]),
    });

    const ofRelay = await certificate("relay", ["DNS:relay.example"]);
    const relayFlags = [`--certificate=${ofRelay.certificate}`, `--key=${ofRelay.key}`];
    await using relay = new RelayProcess(
      states.directory.relay,
      ["--listen=/ip4/11.0.1.2/tcp/443/wss", "--announce=/dns4/relay.example/tcp/443/wss", ...relayFlags],
      network.at("relay"),
    );
    await relay.address();
    const viaRelay = `/dns4/relay.example/tcp/443/wss/p2p/${states.peer.relay}`;
    const [atC, atD] = ["/dns4/c.example/tcp/443/wss", "/ip4/192.168.0.1/tcp/443/wss"];
    const ofD = await certificate("d", ["IP:192.168.0.1"]);
    const [byA, byB] = ["http://site:p%40ss%20word@192.168.0.1:3128", "http://192.168.0.1:3128"];
    const trusts = { a: `DENO_CERT=${authority.certificate}`, b: `DENO_CERT=${hospital.certificate}` };
    const { relay: _, ...members } = states.peer;
    const start = (
      name: keyof typeof members,
      value: number,
      options: Partial<PeerProcessOptions>,
      command: readonly string[],
    ) =>
      new PeerProcess(
        states.directory[name],
        { members: Object.values(members), silence: SILENCE, vector: { value, length: 1000, mass: 1 }, ...options },
        command,
      );
    await using c = start("c", 3, { listen: ["/ip4/127.0.0.1/tcp/8080/ws"], announce: [atC] }, network.at("c"));
    // in the hospital of a, reached without its proxy; the certificate is its own
    await using d = start("d", 4, { listen: [atD], tls: ofD, bootstrap: [] }, network.at("a-router"));
    await Promise.all([c.event("ready"), d.event("ready")]);
    await using a = start("a", 1, { listen: [], relays: [viaRelay], bootstrap: [atC, atD] }, [
      ...network.at("a"),
      ...["env", `HTTPS_PROXY=${byA}`, "NO_PROXY=192.168.0.0/16", trusts.a],
    ]);
    await using b = start("b", 2, { listen: [], relays: [viaRelay], bootstrap: [atC] }, [
      ...network.at("b"),
      ...["env", `HTTPS_PROXY=${byB}`, trusts.b],
    ]);
    const joined = (peer: PeerProcess, name: keyof typeof members) =>
      peer.event("peer-joined", { peer: states.peer[name] });
    await Promise.all([joined(a, "b"), joined(b, "a"), joined(a, "c"), joined(b, "c"), joined(a, "d")]);

    await exchangeWith(a, [states.peer.b, states.peer.c, states.peer.d]);
    await exchangeWith(b, [states.peer.a, states.peer.c]);
    const [ofA, ofB] = await Promise.all([a, b].map((peer) => peer.do({ do: "snapshot" })));
    assert(ofA.last > 1 && ofA.last < 4 && ofB.last > 1 && ofB.last < 4, `${ofA.last}, ${ofB.last}`);

    await a.do({ do: "release", round: 4, features: [1, 0, 0.6, 0.8], partitions: [7, 2] });
    await b.event("features", { peer: states.peer.a, round: 4 });

    // from now on nobody says anything but that it is there
    const peers = [a, b, c];
    const since = peers.map((peer) => peer.lines.length);
    const over = sleep(2 * IDLE * 1000);
    const relayAddress = viaRelay.replace(/\/p2p\/.*/, "");
    const none = { HTTPS_PROXY: byB };
    const [[open, noLogin, nowhere, straight, inside], [distrusted], [inspected], [unsigned]] = await Promise.all([
      waysOut(
        [...network.at("a"), "env", trusts.a],
        [relayAddress, { HTTPS_PROXY: byA }],
        [relayAddress, none],
        ["/dns4/nowhere.example/tcp/443/wss", { HTTPS_PROXY: byA }],
        ["/ip4/11.0.1.2/tcp/443/wss", {}, 3_000],
        [atD, { HTTPS_PROXY: byA, NO_PROXY: "192.168.0.0/16" }],
      ),
      waysOut(network.at("a"), [relayAddress, { HTTPS_PROXY: byA }]),
      waysOut([...network.at("b"), "env", trusts.b], [atC, none]),
      waysOut(network.at("b"), [atC, none]),
    ]);
    for (const { fault } of [open, inside, inspected]) assertEquals(fault, undefined);
    assertEquals([open.proxy?.port, inside.proxy], [3128, undefined]);
    assertMatch(noLogin.fault!, /asks for a user and a password \(407\)/);
    assertMatch(nowhere.fault!, /does not reach nowhere\.example:443 \(50\d\): the name is not found/);
    assertMatch(straight.fault!, /^nothing answers at 11\.0\.1\.2:443, which is called without a proxy/);
    for (const { fault, remedy } of [distrusted, unsigned]) {
      assertMatch(fault!, /^the certificate of .* is signed by nobody whom this machine trusts/);
      assertMatch(remedy!, /DENO_CERT/);
    }
    await over;
    for (const [i, peer] of peers.entries()) {
      const gone = peer.lines.slice(since[i]).filter(({ type }) => type === "peer-left");
      assertEquals(gone, []);
    }
    await proxyOfA.end(); // a tunnel is in its log once it is closed
    const asked = await proxyOfA.text("access.log");
    assert(/CONNECT relay\.example:443 site /.test(asked) && !asked.includes("192.168.0.1:443"), asked);
  },
});
