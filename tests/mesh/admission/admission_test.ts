/** The coming and going of members that have several connections. */
import type { Connection } from "@libp2p/interface";
import { assertEquals } from "@std/assert";
import { Admission } from "../../../src/mesh/admission/admission.ts";
import { newIdentity } from "../_identities.ts";

const { peerId } = await newIdentity();

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
  admission.accept(first, new Uint8Array(32));
  first.status = "closing";
  admission.accept(second, new Uint8Array(32));
  admission.accept(third, new Uint8Array(32));
  admission.closed(first);
  assertEquals(told, ["joined", "rerouted", "rerouted"]);
  second.status = third.status = "closed";
  admission.closed(second);
  admission.closed(third);
  assertEquals(told, ["joined", "rerouted", "rerouted", "left"]);
});
