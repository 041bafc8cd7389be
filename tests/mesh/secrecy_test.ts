/** What a relay, and who listens on the cable, get to see of an exchange: every byte is recorded and searched. */
import { assert, assertEquals } from "@std/assert";
import { connect, createServer, type Socket } from "node:net";
import { Buffer } from "node:buffer";
import { type CircuitRelayServerComponents, RELAY_V2_HOP_CODEC } from "@libp2p/circuit-relay-v2";
import { identify } from "@libp2p/identify";
import type { Stream } from "@libp2p/interface";
import { ping } from "@libp2p/ping";
import { tcp } from "@libp2p/tcp";
import { multiaddr } from "@multiformats/multiaddr";
import { createLibp2p } from "libp2p";
import { Rng } from "../../src/core/rng.ts";
import { Deadline, raceAbort } from "../../src/core/deadline.ts";
import type { Identity } from "../../src/mesh/envelope/identity.ts";
import { Mesh } from "../../src/mesh/mesh.ts";
import { commonOptions } from "../../src/mesh/connections/node.ts";
import { relayServer } from "../../src/mesh/finding/relays.ts";
import { newIdentity } from "./_identities.ts";

/** Bytes as they come. */
class Recording {
  readonly #parts: Uint8Array[] = [];

  add(bytes: Uint8Array): void {
    this.#parts.push(bytes.slice());
  }

  get length(): number {
    return this.#parts.reduce((sum, { length }) => sum + length, 0);
  }

  has(pattern: Uint8Array): boolean {
    return Buffer.concat(this.#parts).includes(pattern);
  }
}

/** A cable to `port` that somebody listens on; each direction of each connection is recorded in one piece. */
async function tap(port: number) {
  const recordings: Recording[] = [];
  const pass = (from: Socket, to: Socket) => {
    const recording = new Recording();
    recordings.push(recording);
    from.on("data", (bytes) => {
      recording.add(bytes as Uint8Array);
      to.write(bytes);
    });
    from.on("close", () => to.destroy());
    from.on("error", () => to.destroy());
  };
  const server = createServer((near) => {
    const far = connect(port, "127.0.0.1");
    pass(near, far);
    pass(far, near);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address() as { port: number };
  return { recordings, port: address.port, close: () => server.close() };
}

/** Records what comes by a stream and what goes. */
function record(stream: Stream, recordings: Recording[]): void {
  const [coming, going] = [new Recording(), new Recording()];
  recordings.push(coming, going);
  const dispatch = stream.dispatchEvent.bind(stream) as (event: Event) => boolean;
  const send = stream.send.bind(stream);
  const taps: Record<string, (value: never) => unknown> = {
    dispatchEvent: (event: Event & { data?: Uint8Array | { subarray(): Uint8Array } }) => {
      if (event.type === "message") coming.add(event.data!.subarray());
      return dispatch(event);
    },
    send: (data: Parameters<Stream["send"]>[0]) => {
      going.add(data.subarray());
      return send(data);
    },
  };
  for (const [name, value] of Object.entries(taps)) Object.defineProperty(stream, name, { value });
}

/** A relay that keeps what it carries: the streams of callers hold both directions. */
async function curiousRelay() {
  const recordings: Recording[] = [];
  const relay = (components: CircuitRelayServerComponents) => {
    const { registrar } = components;
    const handle: typeof registrar.handle = (protocol, handler, options) =>
      registrar.handle(protocol, (stream, connection) => {
        record(stream, recordings);
        return handler(stream, connection);
      }, options);
    const curious = Object.create(registrar, { handle: { value: handle } });
    return relayServer()(Object.create(components, { registrar: { value: curious } }));
  };
  const node = await createLibp2p({
    ...commonOptions(await newIdentity()),
    addresses: { listen: ["/ip4/127.0.0.1/tcp/0"] },
    transports: [tcp()],
    services: { identify: identify(), ping: ping(), relay },
  });
  await node.start();
  return { recordings, node };
}

async function startMesh(identity: Identity, members: Identity[], relays: string[], directory: string) {
  const stateDirectory = `${directory}/${identity.peerId}`;
  await Deno.mkdir(stateDirectory);
  const mesh = new Mesh({
    identity,
    members: members.map(({ peerId }) => peerId),
    consortium: "test",
    settings: {},
    stateDirectory,
    listen: [],
    relays,
    mdns: false,
  });
  const joined = first(mesh, "peer-joined");
  const received = first(mesh, "features");
  await mesh.start();
  return { mesh, joined, received };
}

/** The first event of `type`. */
async function first(mesh: Mesh, type: string): Promise<void> {
  for await (const event of mesh.events.subscribe()) if (event.type === type) return;
}

Deno.test("a relay, and who listens on the cable to it, see nothing of weights and features but ciphertext", async () => {
  using limit = new Deadline(120_000, "the exchange");
  const rng = new Rng(7);
  const vector = Float32Array.from({ length: 50_000 }, () => rng.uniform(-1, 1));
  const row = Array.from({ length: 32 }, () => rng.uniform(-1, 1));
  const features = Float32Array.from(row, (value) => value / Math.hypot(...row));
  const plain = [vector.slice(100, 116), vector.slice(40_000, 40_016), features.slice(0, 16)]
    .map(({ buffer }) => new Uint8Array(buffer));
  const directory = await Deno.makeTempDir({ prefix: "syncytium-secrecy-" });
  const relay = await curiousRelay();
  const [address] = relay.node.getMultiaddrs();
  const cable = await tap(Number(address.toString().split("/")[4]));
  const relays = [`/ip4/127.0.0.1/tcp/${cable.port}/p2p/${relay.node.peerId}`];
  const members = [await newIdentity(), await newIdentity()];
  const a = await startMesh(members[0], members, relays, directory);
  const b = await startMesh(members[1], members, relays, directory);
  try {
    a.mesh.averaging.initialise(vector, { layout: "layout", mass: 1, round: 0 });
    b.mesh.averaging.initialise(vector, { layout: "layout", mass: 1, round: 0 });
    await raceAbort(b.joined, limit.signal);
    assert("partner" in await b.mesh.averaging.exchange({ signal: limit.signal }));
    await a.mesh.features.release({ round: 1, features, partitions: Int32Array.of(1) });
    await raceAbort(b.received, limit.signal);
    assertEquals(b.mesh.features.remote()[0].features, features);

    const carried = relay.recordings.reduce((sum, { length }) => sum + length, 0);
    assert(carried > 2 * vector.byteLength, "both vectors went through the relay");
    const tapped = cable.recordings.reduce((sum, { length }) => sum + length, 0);
    assert(tapped > 2 * vector.byteLength, "and over the cable");
    for (const pattern of plain) {
      for (const recording of [...relay.recordings, ...cable.recordings]) assertEquals(recording.has(pattern), false);
    }

    // what is encrypted for nobody is found in the recordings of both
    const caller = await createLibp2p({ ...commonOptions(await newIdentity()), transports: [tcp()] });
    await caller.start();
    const stream: Stream = await caller.dialProtocol(multiaddr(relays[0]), RELAY_V2_HOP_CODEC);
    stream.send(plain[0]);
    const socket = connect(cable.port, "127.0.0.1", () => socket.write(plain[0]));
    const found = async (recordings: Recording[]) => {
      while (!recordings.some((recording) => recording.has(plain[0]))) {
        await raceAbort(new Promise((resolve) => setTimeout(resolve, 10)), limit.signal);
      }
    };
    await found(relay.recordings);
    await found(cable.recordings);
    socket.destroy();
    await caller.stop();
  } finally {
    await Promise.all([a.mesh.stop(), b.mesh.stop()]);
    await relay.node.stop();
    cable.close();
    await Deno.remove(directory, { recursive: true });
  }
});
