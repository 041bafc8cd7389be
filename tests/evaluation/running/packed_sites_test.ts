/** What sites go on from takes fewer bytes, and is what it was but for what may be rounded. */
import { assert, assertEquals } from "@std/assert";
import { Rng } from "../../../src/core/rng.ts";
import type { NamedVector } from "../../../src/core/vectors.ts";
import { packSites, unpackSites } from "../../../src/evaluation/running/_packed_sites.ts";

const SIZE = 5000;

/** A site whose weights are a share of `own` apart from what all have. */
function siteOf(seed: number, own: number): NamedVector[] {
  const [common, rng] = [new Rng(1), new Rng(seed)];
  const weights = Float32Array.from({ length: SIZE }, () => common.normal() + own * rng.normal());
  const vector = (name: string, data: Float32Array): NamedVector => ({ name, shape: [data.length], data });
  return [
    vector("weights/encoder/filter", weights),
    vector("weights/momentum/encoder/filter", weights.map((value) => value + 0.01 * rng.normal())),
    vector("weights/momentum/alone", Float32Array.of(1 / 3)), // follows nothing
    vector("training/adam/steps", Float32Array.of(1234567)),
    vector("training/adam/first/encoder/filter", weights.map(() => 1e-3 * rng.normal())),
    vector("training/adam/second/encoder/filter", weights.map(() => 1e-6 * rng.normal() ** 2)),
    vector("training/tap0/bank/features", Float32Array.from({ length: 7 * seed }, () => rng.normal())),
  ];
}

/** Bytes of the vectors as they are. */
const bytesOf = (sites: readonly NamedVector[][]) => 4 * sites.flat().reduce((sum, { data }) => sum + data.length, 0);

for (
  const [what, own, share] of [
    ["of sites that train alone", 1, 0.55],
    ["of sites that average by gossip", 0.01, 0.5],
    ["of sites whose weights are one server's", 0, 0.42],
  ] as const
) {
  Deno.test(`the state ${what} takes at most ${share} of its bytes, and all but the least matters comes back exactly`, async () => {
    const sites = [1, 2, 3].map((seed) => siteOf(seed, own));
    const { packed, bytes } = await packSites(sites);
    const found = bytes.length / bytesOf(sites);
    assert(found < share, `${found}`);
    const back = await unpackSites(JSON.parse(JSON.stringify(packed)), bytes);
    assertEquals(back.map((site) => site.map(({ name }) => name)), sites.map((site) => site.map(({ name }) => name)));
    for (const [site, vectors] of sites.entries()) {
      for (const [index, { name, data }] of vectors.entries()) {
        const given = back[site][index].data;
        const apart = name === "weights/momentum/encoder/filter" ? 0.05 * 2 ** -8 : undefined; // of what it is apart
        if (name.includes("/first/") || name.includes("/second/")) {
          data.forEach((value, i) => assert(Math.abs(given[i] - value) <= 2 ** -8 * Math.abs(value), name));
        } else if (apart !== undefined) {
          data.forEach((value, i) => assert(Math.abs(given[i] - value) <= apart + 1e-6, `${given[i]} ${value}`));
        } else assertEquals(given, data, name);
      }
    }
  });
}
