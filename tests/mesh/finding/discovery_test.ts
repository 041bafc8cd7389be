/** Which addresses are dialled, with a node that only writes them down. */
import { assertEquals } from "@std/assert";
import type { Multiaddr } from "@multiformats/multiaddr";
import { Rng } from "../../../src/core/rng.ts";
import { AddressBook } from "../../../src/mesh/finding/address_book.ts";
import { Admission } from "../../../src/mesh/admission/admission.ts";
import { Discovery } from "../../../src/mesh/finding/discovery.ts";
import type { Node } from "../../../src/mesh/finding/node.ts";
import { Relays } from "../../../src/mesh/finding/relays.ts";
import { newIdentity } from "../_identities.ts";

/** The addresses of the first dial to a peer of which all this is known. */
async function firstDial(
  peer: string,
  known: { bootstrap?: string[]; heard?: string[][] },
): Promise<string[]> {
  const dialled = Promise.withResolvers<string[]>();
  const node = {
    addEventListener: () => {},
    removeEventListener: () => {},
    dial: (addresses: Multiaddr[]) => {
      dialled.resolve(addresses.map(String));
      return Promise.reject(new Error("nobody answers"));
    },
  } as unknown as Node;
  const ignore = () => {};
  const discovery = new Discovery({
    node,
    admission: new Admission([peer], { joined: ignore, rerouted: ignore, left: ignore, refused: ignore }),
    book: new AddressBook("unread.json"),
    relays: new Relays([]),
    self: "self",
    bootstrap: known.bootstrap ?? [],
    rng: new Rng(1),
  });
  discovery.start();
  for (const addresses of known.heard ?? []) discovery.hear(peer, addresses);
  try {
    return await dialled.promise;
  } finally {
    await discovery.stop();
  }
}

Deno.test("a configured address stays however many others are heard of", async () => {
  const { peerId } = await newIdentity();
  const configured = `/ip4/192.0.2.1/tcp/4001/p2p/${peerId}`;
  const heard = Array.from({ length: 40 }, (_, i) => [`/ip4/192.0.2.7/tcp/${5000 + i}`]);
  const addresses = await firstDial(peerId, { bootstrap: [configured], heard });
  assertEquals(addresses.filter((address) => address === configured), [configured]);
});

Deno.test("an address of somebody else, or none at all, does not keep the others from being dialled", async () => {
  const [{ peerId }, other] = await Promise.all([newIdentity(), newIdentity()]);
  const heard = [["/ip4/192.0.2.7/tcp/1", `/ip4/192.0.2.7/tcp/2/p2p/${other.peerId}`, "/no/address"]];
  assertEquals(await firstDial(peerId, { heard }), [`/ip4/192.0.2.7/tcp/1/p2p/${peerId}`]);
});
