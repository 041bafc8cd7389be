import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../src/core/errors.ts";
import { Rng } from "../../src/core/rng.ts";
import { checkSitesAveraging, openAveraging, type SitesAveragingOptions } from "../../src/studies/averaging.ts";
import { topologies } from "../../src/mesh/averaging/topologies/topologies.ts";

const LAYOUT = [{ name: "filter", shape: [20, 30] }, { name: "bias", shape: [400] }];
const VALUES = 1000;
const MASSES = [3, 1, 8, 4];

function random(sites = MASSES.length): Float32Array[] {
  const rng = new Rng(5);
  return Array.from({ length: sites }, () => Float32Array.from({ length: VALUES }, () => rng.normal()));
}

const options = (changes: Partial<SitesAveragingOptions> = {}): SitesAveragingOptions => ({
  mixing: "gossip",
  averaging: {},
  layout: LAYOUT,
  masses: MASSES,
  exchanges: 1,
  rounds: 30,
  seed: 1,
  ...changes,
});

/** The mean of the sites `present`, weighted by mass. */
function meanOf(vectors: readonly Float32Array[], present: readonly number[] = [...vectors.keys()]): number[] {
  const total = present.reduce((sum, site) => sum + MASSES[site], 0);
  return Array.from(
    { length: VALUES },
    (_, i) => present.reduce((sum, site) => sum + MASSES[site] * vectors[site][i], 0) / total,
  );
}

function assertClose(vector: ArrayLike<number>, expected: readonly number[], tolerance: number) {
  expected.forEach((value, i) => assertAlmostEquals(vector[i], value, tolerance));
}

const all = [...MASSES.keys()];

Deno.test("in one place: everybody has the exact mean by mass, for a vector there and one back each", () => {
  const vectors = random(), expected = meanOf(vectors);
  const { bytes } = openAveraging(options({ mixing: "central", exchanges: 5 })).average(vectors, 1, all);
  for (const vector of vectors) assertClose(vector, expected, 1e-6);
  assertEquals(bytes, 2 * 4 * VALUES * 4);
});

Deno.test("in one place: a site that is absent keeps what it has and counts for nothing", () => {
  const vectors = random(), expected = meanOf(vectors, [0, 2, 3]), absent = vectors[1].slice();
  const { bytes } = openAveraging(options({ mixing: "central" })).average(vectors, 1, [0, 2, 3]);
  for (const site of [0, 2, 3]) assertClose(vectors[site], expected, 1e-6);
  assertEquals([vectors[1], bytes], [absent, 2 * 3 * VALUES * 4]);
});

for (const mixing of ["gossip", "central"] as const) {
  Deno.test(`${mixing}: without exchanges nothing is sent and nothing changes`, () => {
    const vectors = random();
    assertEquals(openAveraging(options({ mixing, exchanges: 0 })).average(vectors, 1, all).bytes, 0);
    assertEquals(vectors, random());
  });

  Deno.test(`${mixing}: the only site that is left sends nothing and keeps what it has`, () => {
    const vectors = random(), mixer = openAveraging(options({ mixing }));
    assertEquals(mixer.average(vectors, 1, [2]).bytes, mixing === "gossip" ? 0 : 2 * VALUES * 4);
    assertEquals(vectors, random());
  });
}

for (const { name: topology } of [...topologies].filter(({ links }) => links === "two-way")) {
  Deno.test(`${topology}: the mean by mass is kept in each round, and all come to it`, () => {
    const vectors = random(), mixer = openAveraging(options({ averaging: { topology }, exchanges: 2 }));
    const expected = meanOf(vectors);
    for (let round = 1; round <= 30; round++) {
      assert(mixer.average(vectors, round, all).bytes > 0);
      assertClose(meanOf(vectors), expected, 1e-5);
    }
    for (const vector of vectors) assertClose(vector, expected, 1e-3);
  });
}

Deno.test("gossip: what sites train between two rounds is averaged, too; who is absent is untouched until it is back", () => {
  const vectors = random(), mixer = openAveraging(options({ exchanges: 8 }));
  const present = [0, 2, 3];
  const absent = vectors[1].slice();
  for (let round = 1; round <= 3; round++) {
    for (const site of present) vectors[site] = vectors[site].map((value) => value + site);
    const expected = meanOf(vectors, present);
    mixer.average(vectors, round, present);
    assertClose(meanOf(vectors, present), expected, 1e-5);
    assertEquals(vectors[1], absent);
  }
  const expected = meanOf(vectors);
  for (let round = 4; round <= 30; round++) mixer.average(vectors, round, all);
  for (const vector of vectors) assertClose(vector, expected, 1e-4);
});

Deno.test("gossip: an exchange costs a vector each way, an encoded one less", () => {
  const sent = (compression: string) =>
    openAveraging(options({ averaging: { compression } })).average(random(), 1, all).bytes / (4 * VALUES * 4); // two pairs, both ways
  assertAlmostEquals(sent("none"), 1, 0.01);
  assertAlmostEquals(sent("fp16"), 1 / 2, 0.02);
  assertAlmostEquals(sent("int8"), 1 / 4, 0.02);
});

Deno.test("gossip: with int8 the sites come nearly to the mean, over links that remember", () => {
  const vectors = random(), expected = meanOf(vectors);
  const mixer = openAveraging(options({ averaging: { compression: "int8" }, exchanges: 2 }));
  for (let round = 1; round <= 30; round++) mixer.average(vectors, round, all);
  for (const vector of vectors) assertClose(vector, expected, 0.02);
});

Deno.test("the same seed mixes alike, another otherwise", () => {
  const mixed = (seed: number) => {
    const vectors = random();
    openAveraging(options({ seed })).average(vectors, 1, all);
    return vectors;
  };
  assertEquals(mixed(1), mixed(1));
  assert([2, 3, 4, 5].some((seed) => mixed(seed)[0][0] !== mixed(1)[0][0]));
});

Deno.test("one-way links, and rules that need more sites, are refused", () => {
  assertThrows(() => checkSitesAveraging({ topology: "one-peer-exponential" }, 4, "p.json"), UserError, "p.json");
  assertThrows(() => openAveraging(options({ averaging: { rule: "trimmed-mean" } })), UserError, "trimmed-mean");
  assertEquals(checkSitesAveraging({ degree: 2 }, 4).topology, "epidemic");
});
