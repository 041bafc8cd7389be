import { assertEquals } from "@std/assert";
import type { PeerEventBody } from "../../../src/peer/events.ts";
import { EAST, SOUTH, START, tallyOf, WEST } from "./_source.ts";

const step = (step: number, rest: object = {}): PeerEventBody => ({
  ...{ type: "progress", phase: "pretrain", round: 1, step, steps: 90, perSecond: 4, loss: 2 },
  ...rest,
});

Deno.test("steps of this life are counted, whatever an earlier life has done, and what is repeated again", () => {
  const { trainings } = tallyOf(step(61), step(63), step(66), step(61), step(62), step(1, { phase: "scratch" }));
  assertEquals([trainings.get("pretraining")?.steps, trainings.get("scratch")?.steps], [8, 1]);
});

Deno.test("what a peer prepares or predicts is its stage, and no training", () => {
  const tally = tallyOf(step(1), step(2, { phase: "predict" }));
  assertEquals([tally.phase, [...tally.trainings.keys()]], ["predict", ["pretraining"]]);
});

Deno.test("rounds are counted by training, and those with nobody by themselves", () => {
  const round = (round: number, partners: string[], rest: object = {}): PeerEventBody => ({
    ...{ type: "round", round, rounds: 9, loss: 1, health: null, partners },
    ...rest,
  });
  const { trainings, averaged } = tallyOf(round(4, [SOUTH]), round(5, []), round(1, [], { method: "scratch" }));
  assertEquals([trainings.get("pretraining")?.rounds, trainings.get("pretraining")?.round], [2, 5]);
  assertEquals([trainings.get("scratch")?.rounds, averaged], [1, { some: 1, none: 2 }]);
});

Deno.test("a round that measured no health leaves the one before", () => {
  const health = { meanCosine: 0.5, effectiveRank: 9, neighbourAccuracy: 0.5, chance: 0.1, collapsed: false };
  const round: PeerEventBody = { type: "round", round: 1, rounds: 2, loss: null, health, partners: [] };
  const tally = tallyOf(round, { ...round, health: null });
  assertEquals([tally.health, tally.trainings.get("pretraining")?.roundLoss], [health, undefined]);
});

Deno.test("Dice is a mean over the cases in which it is defined", () => {
  const dice = (spleen: number | null): PeerEventBody => ({
    ...{ type: "dice", method: "scratch", case: "a", perClass: { spleen } },
  });
  assertEquals(tallyOf(dice(0.5), dice(null), dice(1)).dice.get("scratch"), {
    cases: 3,
    structures: new Map([["spleen", { sum: 1.5, cases: 2 }]]),
  });
});

Deno.test("exchanges are counted by member and side, failures by reason, and the last one is known", () => {
  const exchange = (remote: string, initiator: boolean): PeerEventBody => ({
    ...{ type: "exchange", remote, initiator, round: 1, bytes: 10, milliseconds: 20 },
  });
  const failed: PeerEventBody = { type: "exchange-failed", remote: EAST, reason: "timeout" };
  const tally = tallyOf(exchange(SOUTH, true), exchange(EAST, false), exchange(SOUTH, false), failed, failed);
  assertEquals(tally.exchanges.get(SOUTH), { begun: 1, answered: 1, bytes: 20, milliseconds: 40, last: START + 2000 });
  assertEquals([tally.exchanges.get(EAST)?.answered, [...tally.failures]], [1, [["timeout", 2]]]);
});

Deno.test("members are missing until they are back, one by one or all", () => {
  const split: PeerEventBody = { type: "split", missing: [SOUTH, EAST] };
  const joined: PeerEventBody = { type: "member", remote: SOUTH, state: "joined" };
  assertEquals([...tallyOf(split, joined).missing], [EAST]);
  const healed = tallyOf(split, { type: "healed", peers: [SOUTH, EAST] });
  assertEquals([healed.missing.size, healed.splits], [0, 1]);
});

Deno.test("members are called as in the log, those of one name by their ids, too", () => {
  const names = { [SOUTH]: "site", [EAST]: "site", [WEST]: "west" };
  const tally = tallyOf({ type: "names", names });
  assertEquals([WEST, SOUTH, "12D3KooWnobody99"].map((peer) => tally.nameOf(peer)), [
    "west",
    "site …xxxsouth",
    "…nobody99",
  ]);
});

Deno.test("refusals are counted by kind, other events of members are none", () => {
  const { refusals } = tallyOf(
    { type: "member", remote: WEST, state: "refused", reason: "…", kind: "settings" },
    { type: "member", remote: WEST, state: "left" },
  );
  assertEquals([...refusals], [["settings", 1]]);
});
