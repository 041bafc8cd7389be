import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { Rng } from "../../../../src/core/rng.ts";
import type { Snapshot } from "../../../../src/mesh/averaging/state.ts";
import { TwoWayState } from "../../../../src/mesh/averaging/two_way/state.ts";

function peer(values: number[], mass: number): TwoWayState {
  return new TwoWayState(Float32Array.from(values), { layout: "l", mass, round: 0 });
}

/** What an exchange with the rule mean does at one side. */
function merge(state: TwoWayState, own: Snapshot, remote: Snapshot): void {
  state.meet(own, { peer: "p", weight: 1 / 2, vector: remote.vector, mass: remote.mass });
}

function exchange(a: TwoWayState, b: TwoWayState): void {
  const [fromA, fromB] = [a.snapshot(), b.snapshot()];
  merge(a, fromA, fromB);
  merge(b, fromB, fromA);
}

function total(peers: TwoWayState[]): number {
  return peers.reduce((sum, state) => sum + state.mass * state.snapshot().vector[0], 0);
}

Deno.test("an exchange sets both vectors to the mass-weighted mean", () => {
  const [a, b] = [peer([1, -4], 3), peer([5, 4], 1)];
  exchange(a, b);
  assertEquals([...a.snapshot().vector], [2, -2]);
  assertEquals([...b.snapshot().vector], [2, -2]);
});

Deno.test("random exchanges conserve the weighted sum and drive every peer to the weighted mean", () => {
  const rng = new Rng(3);
  const peers = Array.from({ length: 9 }, (_, i) => peer([rng.normal() * 10], 1 + i * i));
  const before = total(peers);
  const masses = peers.reduce((sum, { mass }) => sum + mass, 0);
  for (let i = 0; i < 300; i++) {
    const [a, b] = rng.shuffle(peers);
    exchange(a, b);
    assertAlmostEquals(total(peers), before, 1e-3);
  }
  for (const state of peers) assertAlmostEquals(state.snapshot().vector[0], before / masses, 1e-4);
});

Deno.test("a contribution counts with its site's mass, also after many exchanges", () => {
  const [small, large] = [peer([0], 1), peer([0], 9)];
  for (let i = 0; i < 20; i++) exchange(small, large);
  large.contribute(Float32Array.of(10), 1);
  exchange(small, large);
  assertAlmostEquals(small.snapshot().vector[0], 9, 1e-6);
  small.contribute(Float32Array.of(10), 2);
  exchange(small, large);
  assertAlmostEquals(large.snapshot().vector[0], 10, 1e-6);
});

Deno.test("a contribution made while an exchange is under way is kept in full", () => {
  const [a, b] = [peer([1], 1), peer([5], 1)];
  const [fromA, fromB] = [a.snapshot(), b.snapshot()];
  a.contribute(Float32Array.of(100), 1);
  merge(a, fromA, fromB);
  merge(b, fromB, fromA);
  assertEquals([a.snapshot().vector[0], b.snapshot().vector[0]], [103, 3]);
  assertEquals(total([a, b]), 106);
});

Deno.test("contributions and exchanges in any interleaving conserve the weighted sum", () => {
  const rng = new Rng(5);
  for (let trial = 0; trial < 200; trial++) {
    const [a, b] = [peer([rng.normal()], 1 + rng.int(5)), peer([rng.normal()], 1 + rng.int(5))];
    let expected = total([a, b]);
    const [fromA, fromB] = [a.snapshot(), b.snapshot()];
    const steps = rng.shuffle([
      () => merge(a, fromA, fromB),
      () => merge(b, fromB, fromA),
      ...[a, b, a].map((state) => () => {
        const update = rng.normal();
        expected += state.mass * update;
        state.contribute(Float32Array.of(update), 1);
      }),
    ]);
    for (const step of steps) step();
    assertAlmostEquals(total([a, b]), expected, 1e-5);
  }
});

Deno.test("a snapshot does not change with the state", () => {
  const state = peer([1, 2], 1);
  const { vector } = state.snapshot();
  state.contribute(Float32Array.of(1, 1), 1);
  assertEquals([...vector], [1, 2]);
});

Deno.test("what is not acceptable is refused and leaves the state as it was", () => {
  const state = peer([1, 2], 2);
  const own = state.snapshot();
  const remote = (values: number[], mass: number) => ({ vector: Float32Array.from(values), mass, round: 1 });
  assertThrows(() => merge(state, own, remote([NaN, 0], 1)), RangeError, "finite");
  assertThrows(() => merge(state, own, remote([0, Infinity], 1)), RangeError, "finite");
  assertThrows(() => merge(state, own, remote([0], 1)), RangeError, "2 values, got 1");
  for (const mass of [0, -1, NaN, Infinity, 1e12]) {
    assertThrows(() => merge(state, own, remote([0, 0], mass)), RangeError, "a mass must be above 0");
  }
  assertThrows(() => state.contribute(Float32Array.of(1, NaN), 1), RangeError, "finite");
  assertThrows(() => state.contribute(Float32Array.of(1), 1), RangeError, "2 values, got 1");
  assertThrows(() => peer([], 1), RangeError, "at least 1 values, got 0");
  assertThrows(() => peer([1], 0), RangeError, "above 0");
  assertEquals([...state.snapshot().vector], [1, 2]);
  assert(state.round === 0);
});
