/** Connections of real nodes without a mesh above them. */
import { Rng } from "../../src/core/rng.ts";
import { Deadline, raceAbort } from "../../src/core/deadline.ts";
import { Connections } from "../../src/mesh/connections/connections.ts";
import type { ConnectionsOptions } from "../../src/mesh/connections/options.ts";
import type { Identity } from "../../src/mesh/envelope/identity.ts";
import type { ChannelHandler } from "../../src/mesh/protocols/peers.ts";
import { placeOf } from "./_places.ts";
import { Traffic } from "../../src/mesh/protocols/traffic.ts";

/** Waits until `holds`, for half a minute. */
export async function until(holds: () => boolean, what: string): Promise<void> {
  using limit = new Deadline(120_000, what);
  while (!holds()) await raceAbort(new Promise((resolve) => setTimeout(resolve, 10)), limit.signal);
}

/** Starts connections on loopback, without heads, which would pass addresses on. */
export async function startConnections(
  identity: Identity,
  members: Identity[],
  options: Partial<ConnectionsOptions> & { handlers?: Record<string, ChannelHandler> } = {},
) {
  const ignore = () => {};
  const directory = await Deno.makeTempDir({ prefix: "syncytium-connections-" });
  const connections = new Connections({
    identity,
    consortium: "test",
    settings: {},
    members: members.map(({ peerId }) => peerId),
    listen: ["/ip4/127.0.0.1/tcp/0"],
    announce: [],
    portMapping: false,
    bootstrap: [],
    relays: [],
    relay: true,
    mdns: false,
    dht: false,
    addressBook: `${directory}/addresses.json`,
    stepTimeout: 10_000,
    topic: "test",
    rng: new Rng(1),
    traffic: new Traffic(),
    joined: ignore,
    left: ignore,
    refused: ignore,
    split: ignore,
    place: ignore,
    warn: ignore,
    debug: ignore,
    ...options,
  });
  await connections.build(await placeOf(identity), options.handlers ?? {});
  await connections.start(ignore, ignore);
  return {
    connections,
    joined: (peer: string) =>
      until(() => connections.admission.connectionTo(peer) !== undefined, `waiting for ${peer}`),
    [Symbol.asyncDispose]: async () => {
      await connections.stop();
      await Deno.remove(directory, { recursive: true });
    },
  };
}
