import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { LiveState, MOST } from "../../../src/live/state/live_state.ts";
import type { PeerEventBody } from "../../../src/peer/events.ts";
import { feed, PEERS, PLAN, sampleEvents, sampleStanding } from "../_sample.ts";

const use = { memory: 1, cores: 0.5 };
const versions = { syncytium: "1", deno: "2", tfjs: "4" };

function stateOf(...bodies: PeerEventBody[]): LiveState {
  const state = new LiveState({ site: "north", since: 0, versions });
  bodies.forEach((body, i) => state.note({ ...body, peer: "north", time: i }));
  return state;
}

Deno.test("a run comes to a stage, a round, curves, exchanges, members by name and a log", () => {
  const state = stateOf();
  feed(state, { rounds: 4 });
  const time = sampleEvents({ rounds: 4 }).at(-1)!.time;
  const shown = state.snapshot({ time, use, standing: sampleStanding({ round: 4, time }) });
  assertEquals([shown.stage?.name, shown.stage?.step, shown.stage?.steps], ["pretrain", 120, 420]);
  assertEquals([shown.round?.round, shown.round?.rounds, shown.round?.partners], [4, PLAN.rounds, [PEERS.south]]);
  assertEquals([shown.ready, shown.engine?.name, shown.cases?.test], [{ data: true, mesh: true }, "onednn", 6]);
  assertEquals(shown.curves.loss.pretrain?.length, 120);
  assertEquals(shown.curves.distance.pretrain?.length, 4);
  assertEquals(shown.curves.health.effectiveRank.map(([round]) => round), [1, 2, 3, 4]);
  assertEquals(shown.names[PEERS.harbour], "harbour hospital");
  assertEquals(shown.missing, [PEERS.harbour]);
  assertEquals(shown.exchanges.map(({ peer, round }) => [peer, round]), [
    ...[[PEERS.south, 4], [PEERS.east, 2], [PEERS.south, 2], [PEERS.south, 1]],
  ]);
  assertEquals(shown.members.map(({ name, behind, lastExchange }) => [name, behind, lastExchange?.round]), [
    ...[["south", 0, 4], ["east", 4, 2], ["harbour hospital", 2, undefined]],
  ]);
  assertEquals(shown.log.at(-1), {
    ...{ time, level: "warning", text: "the mesh has split: harbour hospital out of reach" },
  });
  assert(!("members" in shown.standing!));
});

Deno.test("Dice is summed up by method and structure, and no case is named", () => {
  const dice = (left: number | null, right: number): PeerEventBody => ({
    ...{ type: "dice", method: "scratch", case: "patient-7", perClass: { left, right } },
  });
  const shown = stateOf(dice(0.5, 0.2), dice(0.75, 0.4), dice(null, 0.6)).snapshot({ time: 9, use });
  assertEquals(shown.dice.map(({ structure, cases, values }) => [structure, cases, values]), [
    ...[["left", 2, [0.5, 0.75]], ["right", 3, [0.2, 0.4, 0.6]]],
  ]);
  assertAlmostEquals(shown.dice[0].mean, 0.625);
  assertAlmostEquals(shown.dice[0].sd!, Math.sqrt(0.03125));
  assert(!JSON.stringify(shown).includes("patient-7"));
});

Deno.test("ready is who has read its data and met a member, or has none to meet", () => {
  const engine = { name: "cpu", threads: 1, detail: "", gflops: 1 };
  const cases = { training: 1, labelled: 0, probe: 0, test: 0 };
  const started = { type: "started", peerId: PEERS.north, engine, cases } as const;
  const joined = { type: "member", remote: PEERS.south, state: "joined" } as const;
  assertEquals(stateOf().ready(), { data: false, mesh: false });
  assertEquals(stateOf(started).ready(sampleStanding()), { data: true, mesh: false });
  assertEquals(stateOf(started).ready({ members: [] }), { data: true, mesh: true });
  const left = { ...joined, state: "left" } as const;
  assertEquals(stateOf(started, joined, left).ready(sampleStanding()), { data: true, mesh: true });
});

Deno.test("an hour of events makes neither the snapshot larger nor the heap", () => {
  const state = stateOf();
  const hours = 100_000;
  let time = 0;
  const tell = (body: PeerEventBody) => state.note({ ...body, peer: "north", time: time += 36 });
  const peer = (i: number) => `12D3KooW${String(i).padStart(44, "1")}`;
  const measured: { json: number; heap: number }[] = [];
  for (let i = 1; i <= hours; i++) {
    const remote = peer(i);
    tell({ type: "progress", phase: "pretrain", step: i, steps: hours, loss: 1 / i, perSecond: 27 });
    if (i % 7 === 0) tell({ type: "exchange", remote, round: i, initiator: true, bytes: 9, milliseconds: 9 });
    if (i % 11 === 0) tell({ type: "warning", message: `${remote} ${"lagged ".repeat(200)}` });
    if (i % 13 === 0) tell({ type: "split", missing: [remote] }), tell({ type: "healed", peers: [remote] });
    if (i % 17 === 0) tell({ type: "names", names: { [remote]: `site ${i}` } });
    if (i % 19 === 0) {
      const health = { neighbourAccuracy: 0.5, chance: 0.1, effectiveRank: 9, meanCosine: 0.1, collapsed: false };
      tell({ type: "round", round: i, rounds: hours, loss: 1, health, partners: [remote], consensus: 0.01 });
      tell({ type: "dice", method: "scratch", case: String(i), perClass: { [`structure ${i}`]: 0.5, heart: 0.6 } });
    }
    if (i !== hours / 2 && i !== hours) continue;
    const json = JSON.stringify(state.snapshot({ time, use })).length;
    measured.push({ json, heap: Deno.memoryUsage().heapUsed });
  }
  const [half, whole] = measured;
  assert(whole.json < 400_000 && whole.json < 1.05 * half.json, `${half.json} and ${whole.json} characters`);
  assert(whole.heap < half.heap + 30e6, `${half.heap} and ${whole.heap} bytes`); // what is not collected yet
  const { curves, log, exchanges, names, dice } = state.snapshot({ time, use });
  assert(curves.loss.pretrain!.length <= 240 && curves.health.meanCosine.length <= 240);
  assertEquals([log.length, exchanges.length, Object.keys(names).length], [MOST.lines, MOST.exchanges, MOST.members]);
  assert(log.every(({ text }) => text.length <= MOST.text) && dice.length <= 2 * MOST.structures);
  assert(dice.every(({ values }) => values.length <= MOST.values));
});
