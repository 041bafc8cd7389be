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
