import { assert, assertEquals } from "@std/assert";
import type { Connection } from "@libp2p/interface";
import { peerIdFromString } from "@libp2p/peer-id";
import { multiaddr } from "@multiformats/multiaddr";
import fc from "fast-check";
import { type PlaceEvent, Places, type PlacesOptions } from "../../../src/mesh/admission/places.ts";
import type { Identity } from "../../../src/mesh/envelope/identity.ts";
import type { FrameChannel } from "../../../src/mesh/protocols/channel.ts";
import { isProofOf, type Place } from "../../../src/mesh/protocols/place.ts";
import { fuzzRuns } from "../../_fuzz.ts";
import { newIdentity } from "../_identities.ts";
import { placeOf } from "../_places.ts";
import { converse } from "../protocols/_hostile.ts";
import { mutations } from "../protocols/_mutations.ts";
import { assertRefusal } from "../protocols/_refusals.ts";

const [own, remote] = [await newIdentity(), await newIdentity()];
const [here, elsewhere] = [await placeOf(remote, { epoch: 1 }), await placeOf(remote, { epoch: 2 })];
const ignore = () => {};
const { signal } = new AbortController();
const connection = {
  ...{ id: "1", direct: true, status: "open", streams: [], abort: ignore },
  ...{ remotePeer: peerIdFromString(remote.peerId), remoteAddr: multiaddr("/ip4/192.0.2.7/tcp/1") },
} as unknown as Connection;

function placesOf(identity: Identity, place: Place, open: PlacesOptions["open"], told: PlacesOptions["told"] = ignore) {
  const admission = { connectionsTo: () => [connection], placeOf: () => here };
  return new Places(place, { identity, consortium: "test", admission, open, told, debug: ignore, signal });
}

const nobody = () => Promise.reject(new Error("nobody is asked"));
const answering = (told?: PlacesOptions["told"]) => {
  const places = placesOf(remote, here, nobody, told);
  return (channel: FrameChannel) => places.answer(channel, own.peerId, signal);
};

Deno.test("fuzz: an answer that was changed on its way proves nothing else than the process that was asked has signed", async () => {
  const place = await placeOf(own);
  await fc.assert(
    fc.asyncProperty(mutations(1), async (mutation) => {
      const { honest, mutated } = await converse(
        mutation,
        (channel) => placesOf(own, place, () => Promise.resolve(channel)).turnAway(connection, elsewhere),
        answering(),
      );
      assert(mutated);
      if ("error" in honest) assertRefusal(honest.error);
      else if (honest.value) {
        const { proof } = honest.value;
        assertEquals([proof?.here, proof?.elsewhere], [here, elsewhere]);
        assert(await isProofOf(proof!, { consortium: "test", peer: remote.peerId }));
      }
    }),
    fuzzRuns(300),
  );
});

Deno.test("fuzz: a question that was changed on its way is refused, or tells of the process that it asked about", async () => {
  await fc.assert(
    fc.asyncProperty(mutations(1), async (mutation) => {
      const told: PlaceEvent[] = [];
      const answer = answering((event) => told.push(event));
      const { honest, mutated } = await converse(
        mutation,
        answer,
        (channel) => channel.sendMessage({ type: "place", elsewhere }),
      );
      assert(mutated);
      if ("error" in honest) assertRefusal(honest.error);
      for (const event of told) assertEquals("elsewhere" in event && event.elsewhere, elsewhere);
    }),
    fuzzRuns(300),
  );
});
