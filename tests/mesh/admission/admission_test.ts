/** The coming and going of members that have several connections. */
import type { Connection } from "@libp2p/interface";
import { assertEquals } from "@std/assert";
import { Admission } from "../../../src/mesh/admission/admission.ts";
import { newIdentity } from "../_identities.ts";
import { placeOf } from "../_places.ts";

const identity = await newIdentity();
const { peerId } = identity;
const [place, other] = [await placeOf(identity), await placeOf(identity)];

function connection(): { -readonly [key in keyof Connection]: Connection[key] } {
  return { status: "open", direct: true, remotePeer: { toString: () => peerId } } as Connection;
}

Deno.test("a member whose connections close together is told once as left, and one whose old connection closes stays", () => {
  const told: string[] = [];
  const admission = new Admission([peerId], {
    joined: () => told.push("joined"),
    rerouted: () => told.push("rerouted"),
    left: () => told.push("left"),
    refused: () => told.push("refused"),
  });
  const [first, second, third] = [connection(), connection(), connection()];
  admission.accept(first, new Uint8Array(32), place);
  first.status = "closing";
  admission.accept(second, new Uint8Array(32), place);
  admission.accept(third, new Uint8Array(32), place);
  admission.closed(first);
  assertEquals(told, ["joined", "rerouted", "rerouted"]);
  second.status = third.status = "closed";
  admission.closed(second);
  admission.closed(third);
  assertEquals(told, ["joined", "rerouted", "rerouted", "left"]);
});

Deno.test("of two processes of one member whose hellos cross, the first is let in", () => {
  const told: string[] = [];
  const admission = new Admission([peerId], {
    joined: () => told.push("joined"),
    rerouted: () => told.push("rerouted"),
    left: () => told.push("left"),
    refused: () => told.push("refused"),
  });
  const [first, second] = [connection(), connection()];
  assertEquals(admission.accept(first, new Uint8Array(32), place), true);
  assertEquals(admission.accept(second, new Uint8Array(32), other), false);
  assertEquals([admission.connectionsTo(peerId), admission.placeOf(second), told], [[first], undefined, ["joined"]]);
  first.status = "closed";
  admission.closed(first);
  const third = connection();
  assertEquals(admission.accept(third, new Uint8Array(32), other), true);
  assertEquals(admission.placeOf(third), other);
});
