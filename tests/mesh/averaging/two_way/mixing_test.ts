/** What is mixed while it comes is what is mixed at the end, bit by bit. */
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Rng } from "../../../../src/core/rng.ts";
import { likenessOf } from "../../../../src/mesh/averaging/judging/likeness.ts";
import type { Mixing } from "../../../../src/mesh/averaging/two_way/_mixing.ts";
import { TwoWayState } from "../../../../src/mesh/averaging/two_way/state.ts";

/** Some slices and a bit. */
const VALUES = 200_001;
const REMOTE = { peer: "p", weight: 1 / 2, mass: 3 };

const drawn = (seed: number) => {
  const rng = new Rng(seed);
  return Float32Array.from({ length: VALUES }, () => rng.normal());
};
const peer = () => new TwoWayState(drawn(1), { layout: "l", mass: 1, round: 0 });

/** The vector of a peer that met `received`, and `trains` meanwhile; mixed in the parts that come if `comes`. */
async function met(received: Float32Array, { comes, trains = false }: { comes: boolean; trains?: boolean }) {
  const state = peer();
  const own = state.snapshot();
  using mixing = comes ? state.mixing(own, REMOTE) : undefined;
  await mixing?.upTo(received, 70_000);
  if (trains) await state.contribute(drawn(3), 1);
  await mixing?.upTo(received, 70_001);
  await mixing?.upTo(received, VALUES);
  await state.meet(own, { ...REMOTE, vector: received, mixing });
  return { vector: state.snapshot().vector, mixing, own };
}

for (const trains of [false, true]) {
  const title = trains ? ", with an update that came meanwhile," : "";
  Deno.test(`what is mixed while it comes${title} is the same as afterwards`, async () => {
    const [whole, parts] = [
      await met(drawn(2), { comes: false, trains }),
      await met(drawn(2), { comes: true, trains }),
    ];
    assertEquals(parts.vector, whole.vector);
    assertEquals(parts.mixing?.likeness, likenessOf(parts.own.vector, drawn(2)));
  });
}

Deno.test("what came only in part is mixed at the end", async () => {
  const state = peer();
  const own = state.snapshot();
  using mixing = state.mixing(own, REMOTE)!;
  await mixing.upTo(drawn(2), 100);
  await state.meet(own, { ...REMOTE, vector: drawn(2), mixing });
  assertEquals(state.snapshot().vector, (await met(drawn(2), { comes: false })).vector);
});

Deno.test("what is no number, or grows beyond all, is found while it comes, and changes nothing", async () => {
  for (const value of [NaN, Infinity, 3e38]) {
    const state = peer();
    const own = state.snapshot();
    const mix = async (mixing: Mixing) => await mixing.upTo(drawn(2).with(150_000, value), VALUES);
    using mixing = state.mixing(own, REMOTE)!;
    await mix(mixing);
    assert(!mixing.isSound);
    if (value === 3e38) continue; // finite, so it is taken
    assertThrows(() => state.meet(own, { ...REMOTE, vector: drawn(2), mixing }), RangeError, "finite");
    assertEquals(state.snapshot().vector, drawn(1));
  }
});

Deno.test("the memory of a mixing that came to nothing is not used by two", async () => {
  const state = peer();
  const own = state.snapshot();
  {
    using mixing = state.mixing(own, REMOTE)!;
    await mixing.upTo(drawn(2).with(0, NaN), VALUES);
    await assertRejects(async () => await state.meet(own, { ...REMOTE, vector: drawn(2), mixing }), RangeError);
  }
  assert(state.memory() !== state.memory());
});
