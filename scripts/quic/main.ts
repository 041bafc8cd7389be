/**
 * What bytes cost over QUIC, TCP and a relay: `deno run -A scripts/quic/main.ts > scripts/quic/costs.md`, about a minute.
 *
 * Two libp2p nodes and a relay in one process; processor time is that of all, so that it says more than the speed where
 * other work runs beside it.
 *
 * @module
 */
import { noise } from "@chainsafe/libp2p-noise";
import { circuitRelayTransport } from "@libp2p/circuit-relay-v2";
import { identify } from "@libp2p/identify";
import { tcp } from "@libp2p/tcp";
import process from "node:process";
import type { Stream } from "@libp2p/interface";
import type { Multiaddr } from "@multiformats/multiaddr";
import { createLibp2p } from "libp2p";
import { markdownTable } from "../../src/display/tables/markdown.ts";
import { muxer } from "../../src/mesh/connections/muxer.ts";
import { quic } from "../../src/mesh/connections/quic/mod.ts";
import { isQuic, isRelayed } from "../../src/mesh/finding/multiaddrs.ts";
import { relayServer } from "../../src/mesh/finding/relays.ts";

const BYTES = 64e6;
const PIECE = new Uint8Array(1e6);
const TURNS = 5;
const PROTOCOL = "/syncytium/bench/quic/1";

const shared = {
  connectionEncrypters: [noise()],
  streamMuxers: [muxer()],
  connectionGater: { denyDialMultiaddr: () => false },
  connectionMonitor: { enabled: false },
};
const relay = await createLibp2p({
  ...shared,
  addresses: { listen: ["/ip4/127.0.0.1/tcp/0"] },
  transports: [tcp()],
  services: { identify: identify(), relay: relayServer() },
});
const make = (listen: string[]) =>
  createLibp2p({
    ...shared,
    addresses: { listen },
    transports: [tcp(), quic(), circuitRelayTransport()],
    services: { identify: identify() },
  });
const through = `${relay.getMultiaddrs()[0]}/p2p-circuit`;
const here = await make([]);
const there = await make(["/ip4/127.0.0.1/tcp/0", "/ip4/127.0.0.1/udp/0/quic", through]);
await there.handle(PROTOCOL, take, { runOnLimitedConnection: true });

/** Takes everything, and says so with one byte. */
function take(stream: Stream): void {
  let left = BYTES;
  stream.addEventListener("message", ({ data }) => {
    left -= data.byteLength;
    if (left === 0) stream.send(new Uint8Array(1));
  });
}

/** Seconds of the clock and of the processors that {@linkcode BYTES} take. */
async function measure(address: Multiaddr): Promise<{ seconds: number; processor: number }> {
  const connection = await here.dial(address, { force: true });
  const stream = await connection.newStream(PROTOCOL, { runOnLimitedConnection: true });
  const taken = new Promise<void>((resolve) => stream.addEventListener("message", () => resolve(), { once: true }));
  const [began, before] = [performance.now(), process.cpuUsage()];
  for (let sent = 0; sent < BYTES; sent += PIECE.length) {
    if (!stream.send(PIECE)) await new Promise((resolve) => stream.addEventListener("drain", resolve, { once: true }));
  }
  await taken;
  const { user, system } = process.cpuUsage(before);
  const seconds = (performance.now() - began) / 1_000;
  await connection.close();
  return { seconds, processor: (user + system) / 1e6 };
}

const addresses = there.getMultiaddrs();
const ways = {
  "TCP": addresses.find((address) => !isQuic(address) && !isRelayed(address))!,
  "QUIC": addresses.find(isQuic)!,
  "TCP through a relay": addresses.find(isRelayed)!,
};
const found = new Map<string, { seconds: number; processor: number }[]>();
const load = Deno.loadavg()[0];
// the first turn warms everything up
for (let turn = 0; turn <= TURNS; turn++) {
  for (const [way, address] of Object.entries(ways)) {
    const one = await measure(address);
    if (turn > 0) found.set(way, [...found.get(way) ?? [], one]);
  }
}
const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const table = markdownTable({
  header: ["way", "MB/s", "processor time, s"],
  rows: [...found].map(([way, all]) => [
    way,
    (BYTES / 1e6 / median(all.map(({ seconds }) => seconds))).toFixed(0),
    median(all.map(({ processor }) => processor)).toFixed(2),
  ]),
});
console.log(`# deno run -A scripts/quic/main.ts

- ${new Date().toISOString()}, Deno ${Deno.version.deno}, ${navigator.hardwareConcurrency} cores
- load at the start ${load.toFixed(1)}: other work runs beside this where it is above 1
- ${BYTES / 1e6} MB over one stream on loopback, all nodes in one process, medians of ${TURNS} turns

${table}`);
Deno.exit();
