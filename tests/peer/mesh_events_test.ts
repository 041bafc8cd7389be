import { assertEquals } from "@std/assert";
import { peerEvent } from "../../src/peer/_mesh_events.ts";

Deno.test("a refusal and a failed exchange are told with their kinds", () => {
  const reason = 'the settings differ: "levels" is 4 here, 5 there';
  assertEquals(peerEvent({ type: "peer-refused", peer: "a", reason }), {
    ...{ type: "member", remote: "a", state: "refused", reason, kind: "settings" },
  });
  assertEquals(peerEvent({ type: "exchange-failed", peer: "a", reason: "timeout" }), {
    ...{ type: "exchange-failed", remote: "a", reason: "timeout" },
  });
});

Deno.test("an exchange is told with its round, its size and its time", () => {
  const exchange = { round: 3, initiator: true, bytes: 10, milliseconds: 20 };
  assertEquals(peerEvent({ type: "exchange", peer: "a", ...exchange }), {
    ...{ type: "exchange", remote: "a", ...exchange },
  });
});
