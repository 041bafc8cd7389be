import { assertEquals } from "@std/assert";
import { Pulse } from "../../../src/live/state/pulse.ts";
import type { PeerEventBody } from "../../../src/peer/events.ts";

const MINUTE = 60_000;
const progress = (step: number, steps = 100): PeerEventBody => ({
  ...{ type: "progress", phase: "pretrain", step, steps, perSecond: 1 },
});

/** The pulse of a peer that told `events`, each at its minute. */
function pulseOf(events: readonly (readonly [minute: number, body: PeerEventBody])[]) {
  const pulse = new Pulse(0);
  for (const [minute, body] of events) pulse.note({ ...body, peer: "north", time: minute * MINUTE });
  return (minute: number) => pulse.stuckFor(minute * MINUTE);
}

Deno.test("a training that gives no sign of work for a quarter of an hour is stuck, and says for how long", () => {
  const stuck = pulseOf([[1, progress(1)], [2, progress(2)]]);
  assertEquals([stuck(17), stuck(18)], [0, 16 * 60]);
});

Deno.test("one whose steps take long is given ten times as long", () => {
  const stuck = pulseOf([[1, progress(1)], [11, progress(2)]]);
  assertEquals([stuck(111), stuck(112)], [0, 101 * 60]);
});

Deno.test("what other members or the mesh tell is no sign of work", () => {
  const exchange = { type: "exchange", remote: "12D3", round: 1, initiator: false, bytes: 1, milliseconds: 1 } as const;
  const stuck = pulseOf([[1, progress(1)], [16, exchange], [16, { type: "warning", message: "no" }]]);
  assertEquals(stuck(17), 16 * 60);
});

Deno.test("between two trainings a peer may wait for others for hours, and one that has finished is never stuck", () => {
  const round: PeerEventBody = { type: "round", round: 5, rounds: 5, loss: 1, health: null, partners: [] };
  assertEquals(pulseOf([[1, progress(1)], [2, round]])(200), 0);
  assertEquals(pulseOf([[1, progress(100)]])(200), 0);
  assertEquals(pulseOf([[1, progress(1)], [2, { type: "finished", seconds: 9 }]])(10_000), 0);
});
