import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { addTo, fromRing, toRing } from "../../../../src/mesh/averaging/secure/ring.ts";
import { openRoster, quorum, weightIn } from "../../../../src/mesh/averaging/secure/roster.ts";
import { Part } from "../../../../src/mesh/averaging/secure/part.ts";
import { ExchangeRefusedError, UnsoundError } from "../../../../src/mesh/averaging/_messages.ts";
import { isOffence } from "../../../../src/mesh/averaging/failure.ts";
import { attemptOf, identities, maskAll, sumOf } from "./_parts.ts";

const value = fc.double({ min: -60, max: 60, noNaN: true });
const members = fc.array(
  fc.record({ values: fc.array(value, { minLength: 4, maxLength: 4 }), mass: fc.integer({ min: 1, max: 500 }) }),
  { minLength: 3, maxLength: 5 },
);

Deno.test("masks cancel to the bit: the sum of what was masked is the sum of what was not", async () => {
  await fc.assert(
    fc.asyncProperty(members, async (all) => {
      const vectors = all.map(({ values }) => Float32Array.from(values));
      const masses = all.map(({ mass }) => mass);
      const { roster, masked, seeds } = await maskAll(vectors, masses, attemptOf(4));
      const clear = new Uint32Array(4);
      vectors.forEach((vector, k) => {
        const weight = weightIn(roster, identities[k].peerId);
        addTo(clear, toRing(vector, { weight, range: roster.range }));
      });
      const sum = await sumOf(masked, seeds, roster);
      assertEquals(sum, clear);
      const unit = 2 ** (roster.range - 30);
      fromRing(sum, roster.range).forEach((got, i) => {
        const exact = vectors.reduce((mean, x, k) => mean + weightIn(roster, identities[k].peerId) * x[i], 0);
        assert(Math.abs(got - exact) <= vectors.length * unit + 1e-7 * Math.abs(exact), `${got} of ${exact}`);
      });
    }),
    { numRuns: 30, seed: 4 },
  );
});

Deno.test("one part, or all parts but for one, or a seed that is missing, tell nothing: they differ wholly from attempt to attempt", async () => {
  const vectors = [1, 2, 3].map((x) => new Float32Array(64).fill(x));
  const attempts = await Promise.all([1, 2].map(() => maskAll(vectors, [1, 1, 1], attemptOf(64))));
  const views = await Promise.all(attempts.map(async ({ masked, seeds, roster }) => [
    masked[0],
    await sumOf(masked.slice(0, 2), seeds, roster),
    await sumOf(masked, new Map([...seeds].slice(1)), roster),
  ]));
  for (const [k, seen] of views[0].entries()) {
    const same = seen.filter((one, i) => one === views[1][k][i]).length;
    assert(same <= 1, `${same} of 64 values are alike in view ${k}`); // 1.5e-8 by chance
  }
});

Deno.test("a long vector's masks go on where a piece of them ends, and no piece is like the one before", async () => {
  const values = 2 * 262_144 + 3;
  const { masked, seeds, roster } = await maskAll([1, 2, 6].map((x) => new Float32Array(values).fill(x)), [
    1,
    1,
    1,
  ], attemptOf(values));
  assertEquals(new Set(fromRing(await sumOf(masked, seeds, roster), roster.range)), new Set([3]));
  assertNotEquals(masked[0].slice(0, 8), masked[0].slice(262_144, 262_152));
});

Deno.test("a part is masked once, and with another step, layout or list of members the masks are others", async () => {
  const vectors = [1, 2, 3].map((x) => new Float32Array(8).fill(x));
  const { parts, roster, entries, masked } = await maskAll(vectors, [1, 1, 1], attemptOf(8));
  await assertRejects(() => parts[0].masked(vectors[0], roster), Error, "its masks are used up");
  const other = { ...roster, digest: roster.digest.map((byte, i) => i === 0 ? byte ^ 1 : byte) };
  const again = await Part.begin(attemptOf(8), { mass: 1, range: 1 }, identities[0]);
  assertNotEquals(await again.masked(vectors[0], other), masked[0]);
  const own = entries[0];
  const open = (attempt = attemptOf(8), listed = entries) =>
    openRoster(attempt, listed, { belongs: new Set(identities.map(({ peerId }) => peerId)), least: 3, own });
  assertEquals((await open()).digest, roster.digest);
  assertEquals((await open(attemptOf(8), [...entries].reverse())).digest, roster.digest);
  await assertRejects(() => open(attemptOf(8, 8)), UnsoundError, "has not signed what it says of it");
  await assertRejects(() => open({ ...attemptOf(8), layout: "m" }), UnsoundError, "has not signed");
  await assertRejects(
    () => open({ ...attemptOf(8), collector: identities[1].peerId }),
    UnsoundError,
    "has not signed",
  );
});

Deno.test("a list of who is in the sum is refused that is too short, holds one twice, a stranger, or what nobody signed, and held against nobody where another charter would say so", async () => {
  const vectors = [1, 2, 3].map((x) => new Float32Array(8).fill(x));
  const { entries } = await maskAll(vectors, [1, 1, 1], attemptOf(8));
  const belongs = new Set(entries.map(({ peer }) => peer));
  const refused = async (listed: typeof entries, why: string, { all = belongs, offends = true } = {}) => {
    const error = await assertRejects(
      () => openRoster(attemptOf(8), listed, { belongs: all, least: 3, own: entries[0] }),
      ExchangeRefusedError,
      why,
    );
    assertEquals(isOffence(error), offends, why);
  };
  // whoever collects may go by another version of the charter
  await refused(entries.slice(0, 2), "at least 3 members, it names 2", { offends: false });
  await refused(entries, "is no member", { all: new Set([...belongs].slice(0, 2)), offends: false });
  await refused([...entries, entries[1]], "somebody is in it twice");
  await refused([entries[0], entries[1], { ...entries[2], mass: 2 }], "has not signed");
  await refused(
    [{ ...entries[0], signature: entries[1].signature }, entries[1], entries[2]],
    "what this peer has signed",
  );
  const wide = await Part.begin(attemptOf(8), { mass: 1, range: 20 }, identities[2]);
  await refused([entries[0], entries[1], wide.entry], "are up to 2^20, this peer's up to 2^0");
});

Deno.test("more than half must come, and never fewer than three", () => {
  assertEquals([3, 4, 5, 6, 8, 9].map(quorum), [3, 3, 3, 4, 5, 5]);
});
