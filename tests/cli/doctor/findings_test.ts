/** What each finding of `doctor --config` says, from its facts. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { clockFindings, comparedClocks } from "../../../src/cli/doctor/_clock.ts";
import { memberFindings, relayFindings } from "../../../src/cli/doctor/_members.ts";
import {
  addressFindings,
  portFindings,
  proxyFindings,
  translationFindings,
  udpFindings,
  wayOutFindings,
  webFindings,
} from "../../../src/cli/doctor/_network.ts";
import { diskFindings, diskNeed, engineFindings, memoryFindings } from "../../../src/cli/doctor/_resources.ts";
import { type Finding, findingsOf, findingText, readinessOf } from "../../../src/cli/doctor/finding.ts";
import { UserError } from "../../../src/core/errors.ts";
import type { Knocked } from "../../../src/mesh/connections/knock.ts";

const GIB = 2 ** 30;
const NOW = Date.UTC(2026, 5, 1);

/** Level and sentence of each, and that whatever is wrong has a remedy. */
function said(findings: readonly Finding[]): string[] {
  for (const { level, remedy } of findings) {
    assertEquals(remedy !== undefined, level === "warning" || level === "fault");
  }
  return findings.map(({ level, says }) => `${level} ${says}`);
}

const direct = (more: Partial<Knocked> = {}): Knocked => ({
  ...{ peer: "B", way: "direct", address: "/ip4/192.0.2.7/tcp/4001", failed: [] },
  ...more,
});

Deno.test("what all findings come to: ready, ready with warnings, not ready", () => {
  const { ok, note, warning, fault } = findingsOf("data");
  assertEquals(readinessOf([ok("fine"), note("unknown")]), "ready");
  assertEquals(readinessOf([ok("fine"), warning("odd", "look")]), "warnings");
  assertEquals(readinessOf([fault("broken", "mend"), warning("odd", "look")]), "not ready");
  assertEquals(findingText(ok("fine")), "ok       data       fine");
  assertEquals(findingText(fault("broken", "mend")), "fault    data       broken\n                    -> mend");
});

Deno.test("the clock: sane, not set back, even, and beside the members'", () => {
  const sound = { now: NOW, newest: NOW - 1000, drift: 3 };
  assertEquals(said(clockFindings(sound)), ["ok it says 2026-06-01T00:00:00.000Z and goes evenly"]);
  assertMatch(said(clockFindings({ ...sound, now: 0 }))[0], /^fault it says 1970-.* before this program was written$/);
  assertStringIncludes(
    said(clockFindings({ ...sound, newest: NOW + 5000 }))[0],
    "warning it says 2026-06-01T00:00:00.000Z, but the site's state was written at 2026-06-01T00:00:05.000Z: it was set back",
  );
  assertEquals(said(clockFindings({ ...sound, drift: -4000 })), [
    "warning it jumped by 4.0 s back while it was looked at",
  ]);
  assertEquals(said(comparedClocks([direct()])), [
    "note unknown how it compares with the members': none told the time",
  ]);
  assertEquals(said(comparedClocks([direct({ ahead: 1500 })])), ["ok it agrees with 1 member's to 1.5 s"]);
  const [behind] = said(comparedClocks([{ ahead: 2e5 }, { ahead: 1e5 }, { ahead: 1.5e5 }].map(direct)));
  assertEquals(behind, "warning it is 150.0 s behind 3 members', by their median");
  assertStringIncludes(said(comparedClocks([direct({ ahead: -1e5 })]))[0], "it is 100.0 s ahead of 1 member's");
});

Deno.test("ports: free, taken by another program, with this site's own peer, none", () => {
  const taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr as Deno.NetAddr;
  try {
    const address = `/ip4/127.0.0.1/tcp/${port}`;
    assertEquals(said(portFindings([address], false)), [`fault ${address} is in use by another program`]);
    assertEquals(said(portFindings([address], true)), [
      "ok those of mesh.listen are with this site's peer, which runs",
    ]);
  } finally {
    taken.close();
  }
  const free = `/ip4/127.0.0.1/tcp/${port}/ws`;
  const occupied = Deno.listenDatagram({ hostname: "0.0.0.0", port: 0, transport: "udp" });
  const { port: udp } = occupied.addr as Deno.NetAddr;
  try {
    assertEquals(said(udpFindings(udp, false)), [`fault mesh.quic: UDP port ${udp} is in use by another program`]);
    assertEquals(said(udpFindings(udp, true)), ["ok that of mesh.quic is with this site's peer, which runs"]);
    assertEquals(said(udpFindings(0, false)), ["ok mesh.quic: any UDP port that is free"]);
    assertEquals(udpFindings(undefined, false), []);
  } finally {
    occupied.close();
  }
  assertEquals(said(portFindings([free, "/ip4/0.0.0.0/tcp/0"], false)), [
    `ok ${free} is free`,
    "ok /ip4/0.0.0.0/tcp/0: any that is free",
  ]);
  assertStringIncludes(
    said(portFindings(["/ip4/192.0.2.7/tcp/4001"], false))[0],
    "fault /ip4/192.0.2.7/tcp/4001 cannot be listened on: ",
  );
  assertEquals(said(portFindings([], false)), ["note none is listened on: this site only calls"]);
});

Deno.test("web: who sees the live page, and whether its port is free, unless the site's own peer has it", () => {
  const taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr as Deno.NetAddr;
  const web = { listen: `127.0.0.1:${port}`, hosts: [] };
  try {
    assertEquals(said(webFindings(web, false)), [`fault ${web.listen} is in use by another program`]);
    assertEquals(said(webFindings(web, true)), [`ok ${web.listen} is with this site's peer, which runs`]);
  } finally {
    taken.close();
  }
  assertEquals(said(webFindings(web, false)), [`ok ${web.listen} is free; everybody on this machine sees the page`]);
  const guarded = { ...web, token: "0123456789abcdef" };
  assertEquals(said(webFindings(guarded, false)), [`ok ${web.listen} is free; who knows the token sees the page`]);
  assertEquals(webFindings(undefined, false), []);
});

Deno.test("addresses: of this machine, and whether others can find a way here", () => {
  const facts = { own: ["127.0.0.1", "::1", "10.0.0.5"], listen: ["/ip4/0.0.0.0/tcp/4001"], announce: [], relays: [] };
  assertStringIncludes(
    said(addressFindings(facts))[0],
    "note this machine has 10.0.0.5, private ones: sites on other networks cannot call it",
  );
  assertEquals(said(addressFindings({ ...facts, announce: ["/dns4/a.example/tcp/4001"] })), [
    "ok this machine has 10.0.0.5",
  ]);
  assertEquals(said(addressFindings({ ...facts, own: ["203.0.113.9"] })), ["ok this machine has 203.0.113.9"]);
  assertStringIncludes(
    said(addressFindings({ ...facts, own: ["127.0.0.1"] }))[0],
    "warning this machine has no address",
  );
  assertStringIncludes(
    said(addressFindings({ ...facts, listen: [] }))[0],
    "only members who can be called are reached",
  );
});

Deno.test("translation of addresses is told by those who were reached, and else said to be unknown", () => {
  const of = (...observed: (string | undefined)[]) =>
    said(
      translationFindings({ own: ["10.0.0.5"] }, {
        members: observed.map((one) => direct({ observed: one })),
        relays: [],
        unanswered: [],
      }),
    )[0];
  assertStringIncludes(of(undefined), "note unknown whether addresses are translated");
  assertMatch(of("/ip4/127.0.0.1/tcp/9"), /^note unknown whether.*mesh\.announce.*mesh\.relays/);
  assertEquals(of("/ip4/10.0.0.5/tcp/5123"), "ok none towards those who were reached: they see 10.0.0.5");
  assertStringIncludes(
    of("/ip4/203.0.113.9/tcp/1", "/ip4/203.0.113.9/tcp/2"),
    "note addresses are translated: others see 203.0.113.9. Whether the translation keeps one port",
  );
  assertStringIncludes(
    of("/ip4/203.0.113.9/tcp/1", "/ip4/203.0.113.8/tcp/2"),
    "warning addresses are translated, and differently",
  );
});

Deno.test("a proxy is named with what is called by it", () => {
  const addresses = ["/ip4/192.0.2.7/tcp/4001", "/dns4/relay.example/tcp/443/wss"];
  assertEquals(said(proxyFindings({ PATH: "/bin", HTTPS_PROXY: "" }, addresses)), ["ok none is set"]);
  const environment = { https_proxy: "http://u:secret@p:3128" };
  assertEquals(said(proxyFindings(environment, addresses)), [
    "ok addresses that end in /wss are called by p:3128 (https_proxy)",
  ]);
  assertMatch(
    said(proxyFindings(environment, addresses.slice(0, 1)))[0],
    /^note .* by p:3128 \(https_proxy\), but neither mesh.bootstrap nor mesh.relays has one: TCP must be let through/,
  );
  assertEquals(said(proxyFindings({ HTTPS_PROXY: "ftp://p" }, addresses)), [
    "warning HTTPS_PROXY is no address of an HTTP proxy",
  ]);
});

Deno.test("the way out: only secure websockets are tried, and what fails is told", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const addresses = ["/ip4/127.0.0.1/tcp/4001", "/ip4/192.0.2.7/tcp/443/wss"];
  const found = await wayOutFindings(addresses, { environment: { HTTPS_PROXY: `http://127.0.0.1:${port}` } });
  assertEquals(said(found), [
    `warning ${addresses[1]}: the proxy 127.0.0.1:${port} (HTTPS_PROXY) is not reached: the connection is refused`,
  ]);
});

Deno.test("members and relays: how each is reached, or why not", () => {
  const failed = [{ address: "/ip4/192.0.2.7/tcp/4001", reason: "the connection was refused" }];
  const members = [
    direct(),
    direct({ way: "relay", address: "/ip4/192.0.2.9/tcp/4001/p2p/R/p2p-circuit/p2p/B" }),
    direct({ way: "none", failed }),
    direct({ way: "none" }),
  ];
  const knocks = {
    members,
    relays: [],
    unanswered: [{ address: "/dns4/x.example/tcp/1", reason: "the name was not found" }],
  };
  assertEquals(said(memberFindings(knocks, () => "hospital-b")), [
    "ok hospital-b is reached directly, at /ip4/192.0.2.7/tcp/4001",
    "note hospital-b is reached through a relay only, /ip4/192.0.2.9/tcp/4001/p2p/R/p2p-circuit/p2p/B",
    "warning hospital-b is not reached: /ip4/192.0.2.7/tcp/4001: the connection was refused",
    "warning hospital-b is not reached: no address of it is known",
    "warning mesh.bootstrap names /dns4/x.example/tcp/1, where no member answers: the name was not found",
  ]);
  assertEquals(said(memberFindings({ members: [], relays: [], unanswered: [] }, String)), [
    "warning there is no other member yet",
  ]);
  assertEquals(said(relayFindings([])), [
    "note none is configured, which is fine where members reach each other directly",
  ]);
  assertEquals(said(relayFindings([direct({ peer: "R" }), direct({ peer: "R", way: "none", failed })])), [
    "ok the relay R is reached at /ip4/192.0.2.7/tcp/4001",
    "warning the relay R is not reached: /ip4/192.0.2.7/tcp/4001: the connection was refused",
  ]);
});

Deno.test("memory and disk against what the run needs", () => {
  const machine = { bytes: 8 * GIB, from: "machine" } as const;
  assertEquals(said(memoryFindings(2 * GIB, machine)), ["ok the run needs about 2 GiB; the machine allows 8 GiB"]);
  assertEquals(said(memoryFindings(9 * GIB, machine)), ["fault the run needs about 9 GiB; the machine allows 8 GiB"]);
  assertMatch(
    said(memoryFindings(9 * GIB, { ...machine, from: "assumption" }))[0],
    /^warning the run needs about 9 GiB/,
  );
  assertStringIncludes(said(memoryFindings(9 * GIB, { ...machine, from: "setting" }))[0], '"data.memory" allows 8 GiB');
  assertStringIncludes(said(memoryFindings(undefined, machine))[0], "note what the run needs follows from the plan");
  const at = (free: number | undefined) => said(diskFindings(GIB, free, "/srv"))[0];
  assertEquals(
    at(8 * GIB),
    "ok the run writes about 1 GiB (checkpoints, models, predictions and logs); 8 GiB are free at /srv",
  );
  assertMatch(at(1.5 * GIB), /^warning the run writes/);
  assertMatch(at(0.5 * GIB), /^fault the run writes/);
  assertStringIncludes(at(undefined), "note unknown how much is free at /srv");
  const size = { network: { baseFilters: 1, levels: 2 }, rounds: 0, members: 0, tested: 0 };
  const more = (changes: object) => diskNeed({ ...size, ...changes }) - diskNeed(size);
  assertEquals([more({ tested: 10 }), more({ rounds: 10, members: 3 })], [20, 10 * 7 * 512]);
  // level 0 reads 1 and 1, then, on the way back, 2 + 1; level 1 reads 1 and 2: kernels of 27, beside a lateral one
  const weights = 4 * (27 * (1 + 1 + 3 + 2 + 4) + 2);
  // of three trainings, in three checkpoints, four copies; and three models
  assertEquals(diskNeed(size) - 64 * 2 ** 20, (3 * 3 * 4 + 3) * weights);
});

Deno.test("the engine: as it starts, slow, with a warning, or not at all", async () => {
  const info = (gflops: number) => ({ name: "wasm", detail: "SIMD", threads: 1, gflops }) as const;
  assertEquals(said(await engineFindings(() => Promise.resolve(info(20)))), ["ok wasm at 20.0 GFLOP/s, SIMD"]);
  assertMatch(
    said(await engineFindings(() => Promise.resolve(info(0.1))))[0],
    /^warning wasm at 0.1 .*: training will take/,
  );
  const warned = await engineFindings((warn) => (warn("webgpu lacks a device"), Promise.resolve(info(20))));
  assertEquals(said(warned)[0], "warning webgpu lacks a device");
  const failing = engineFindings(() => Promise.reject(new UserError("starting the engine: it must be there")));
  assertEquals(said(await failing), ["fault starting the engine: it must be there"]);
});
