import { assertEquals } from "@std/assert";
import type { PeerEvent, PeerEventBody } from "../../../src/peer/events.ts";
import { CurvePoints } from "../../../src/telemetry/curves/points.ts";

const START = Date.UTC(2026, 0, 2);
const HEALTH = { meanCosine: 0.25, effectiveRank: 9, neighbourAccuracy: 0.5, chance: NaN, collapsed: false };

const at = (seconds: number, body: PeerEventBody): PeerEvent => ({
  ...body,
  peer: "north",
  time: START + 1000 * seconds,
});

function step(seconds: number, step: number, rest: Partial<PeerEventBody> = {}): PeerEvent {
  const body = { type: "progress", phase: "pretrain", step, steps: 90, round: 2, loss: 1.5, perSecond: 4, ...rest };
  return at(seconds, body as PeerEventBody);
}

/** Name and value of the points of events, with round and step. */
function told(...events: PeerEvent[]) {
  const points = new CurvePoints();
  return events.flatMap((event) => points.of(event))
    .map(({ name, round, step, value }) => [name, round, step, value]);
}

Deno.test("a step is worth its loss and speed, and where in the training it is", () => {
  assertEquals(told(step(0, 31)), [["pretraining/loss", 2, 31, 1.5], ["pretraining/steps_per_second", 2, 31, 4]]);
});

Deno.test("steps are told once a second of their own time, the last one always, each training by itself", () => {
  const steps = (events: PeerEvent[]) => told(...events).filter(([name]) => `${name}`.endsWith("/loss"));
  const scratch = { phase: "scratch", round: undefined } as const;
  const events = [step(0, 31), step(0.9, 32), step(1, 33), step(1.1, 34, scratch), step(1.2, 90)];
  assertEquals(steps(events).map(([name, , at]) => [name, at]), [
    ["pretraining/loss", 31],
    ["pretraining/loss", 33],
    ["scratch/loss", 34],
    ["pretraining/loss", 90],
  ]);
});

Deno.test("a round is worth loss, distance, partners and health, at its last step; what is no number is left out", () => {
  const round: PeerEventBody = {
    ...{ type: "round", round: 2, rounds: 3, loss: 1.25, health: HEALTH, partners: ["a", "b"], consensus: 0.125 },
  };
  assertEquals(told(step(0, 31), at(5, round)).slice(2), [
    ["pretraining/round_loss", 2, 60, 1.25],
    ["pretraining/distance", 2, 60, 0.125],
    ["pretraining/partners", 2, 60, 2],
    ["pretraining/effective_rank", 2, 60, 9],
    ["pretraining/mean_cosine", 2, 60, 0.25],
    ["pretraining/neighbour_accuracy", 2, 60, 0.5],
  ]);
  const joined: PeerEventBody = {
    ...{ type: "round", method: "scratch", round: 2, rounds: 3, loss: null, health: null, partners: [] },
  };
  assertEquals(told(at(0, joined)), [["scratch/partners", 2, undefined, 0]]);
});

Deno.test("a test case is worth its Dice by structure; where that is undefined there is no point", () => {
  const dice: PeerEventBody = {
    type: "dice",
    method: "pretrained",
    case: "c7",
    perClass: { spleen: 0.75, liver: null },
  };
  assertEquals(told(at(0, dice)), [["pretrained/dice/spleen/c7", undefined, undefined, 0.75]]);
});

Deno.test("what is no curve is worth no point", () => {
  const events = [
    step(0, 1, { phase: "prepare" }),
    at(0, { type: "note", message: "hello" }),
    step(0, 1, { loss: NaN }),
  ];
  assertEquals(told(...events), [["pretraining/steps_per_second", 2, 1, 4]]);
});
