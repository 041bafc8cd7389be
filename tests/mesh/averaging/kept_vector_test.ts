/** A vector that changes, and that others look at meanwhile without a copy. */
import {
  assert,
  assertEquals,
  assertNotStrictEquals,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { adding, KeptVector } from "../../../src/mesh/averaging/_kept_vector.ts";
import { Side } from "./_side.ts";
import { channelPair } from "../_streams.ts";

/** More than is changed at once. */
const LARGE = 300_000;

const filled = (length: number, value: number) => new Float32Array(length).fill(value);

for (const length of [3, LARGE]) {
  Deno.test(`whoever borrowed ${length} values sees them as they were, whatever changes after`, async () => {
    const kept = new KeptVector(filled(length, 1));
    const before = kept.borrow();
    await kept.change(adding(filled(length, 2)));
    const between = kept.borrow();
    await kept.change(adding(filled(length, 4)));
    assertEquals([before, between, kept.borrow()].map((vector) => vector.at(-1)), [1, 3, 7]);
  });

  Deno.test(`a change of ${length} values to what is no number leaves them as they were`, async () => {
    const kept = new KeptVector(filled(length, 1));
    const change = () => kept.change(adding(filled(length, 1).with(-1, NaN)));
    if (length === LARGE) await assertRejects(async () => await change(), RangeError, "finite");
    else assertThrows(change, RangeError, "finite");
    await kept.change(adding(filled(length, 1)));
    assertEquals([kept.borrow()[0], kept.borrow().at(-1)], [2, 2]);
  });
}

Deno.test("changes that are begun together are done one after another, and none is lost", async () => {
  const kept = new KeptVector(filled(LARGE, 0));
  await Promise.all([1, 2, 4, 8].map((value) => kept.change(adding(filled(LARGE, value)))));
  assert(kept.borrow().every((value) => value === 15));
});

Deno.test("memory is used again once nobody looks at it, and not before", () => {
  const first = filled(3, 0);
  const kept = new KeptVector(first);
  kept.giveBack(kept.borrow());
  kept.change(adding(filled(3, 1)));
  const [one, again] = [kept.borrow(), kept.borrow()];
  kept.change(adding(filled(3, 1)));
  kept.giveBack(one);
  kept.change(adding(filled(3, 1)));
  assertNotStrictEquals(kept.borrow(), again);
  kept.giveBack(again);
  kept.change(adding(filled(3, 1)));
  assertStrictEquals(kept.borrow(), again);
  assertEquals(first, filled(3, 0)); // it belongs to whoever gave it
});

Deno.test("exchanges one after another are done in the same three vectors' memory", async () => {
  const sides = [1, 5].map((value) => new Side({ vector: filled(LARGE, value) }));
  const seen = sides.map(() => new Set<ArrayBufferLike>());
  for (let k = 0; k < 6; k++) {
    const { a, b } = await channelPair();
    await Promise.all([sides[0].exchange(a, "b"), sides[1].answer(b, "a")]);
    sides.forEach(({ state }, i) => {
      const now = state!.snapshot();
      seen[i].add(now.vector.buffer);
      state!.giveBack(now);
    });
    for (const channel of [a, b]) channel.abort(new Error("over"));
  }
  for (const buffers of seen) assert(buffers.size <= 3, `${buffers.size} of them`);
});
