import { assertEquals, assertNotEquals } from "@std/assert";
import { Rng } from "../../src/core/rng.ts";
import { perAxis, type Triple } from "../../src/core/triple.ts";
import { samplePatch } from "../../src/data/patches.ts";
import { volumePosition } from "../../src/pretraining/_positions.ts";
import { matchPlaces } from "../../src/pretraining/matched_places.ts";
import type { PatchPlace } from "../../src/pretraining/projection.ts";
import { syntheticCase } from "./_fixtures.ts";

const patch: Triple = [8, 8, 8];
const volume = syntheticCase(1, 24);

/** A patch of the volume, turned, scaled and mirrored as the options say. */
function placeAt(centre: Triple, geometry = {}, view = 0): PatchPlace {
  const { toVolume } = samplePatch(volume, { shape: patch, rng: new Rng(view), centre, geometry });
  return { toVolume, volume: 0, view };
}

/** Where a map's voxel lies in the volume, in voxels of the volume. */
function positionOf({ toVolume }: PatchPlace, voxel: number, extent: Triple): Triple {
  const index = [
    Math.floor(voxel / (extent[1] * extent[2])),
    Math.floor(voxel / extent[2]) % extent[1],
    voxel % extent[2],
  ];
  const inPatch = perAxis((axis) => (index[axis] + 0.5) * patch[axis] / extent[axis] - 0.5);
  return perAxis((axis) => volumePosition(toVolume, inPatch)[axis] * 24);
}

Deno.test("of two crops apart by whole voxels, exactly the voxels that both show are matched", () => {
  const first = placeAt([0.5, 0.5, 0.5]), second = placeAt([0.5 + 2 / 24, 0.5, 0.5 - 3 / 24]);
  const [ours, theirs] = matchPlaces(first, second, { patch, extent: patch, count: 1000, rng: new Rng(1) });
  assertEquals(ours.length, 6 * 8 * 5);
  ours.forEach((voxel, i) => assertEquals(theirs[i], voxel - 2 * 64 + 3));
});

Deno.test("matched places are the same within half a voxel of the map, whatever turn, scale and mirroring", () => {
  for (const extent of [[8, 8, 8], [4, 4, 4], [8, 4, 4]] as const) {
    for (let seed = 1; seed <= 20; seed++) {
      const first = placeAt([0.5, 0.45, 0.5], { rotation: 30, scale: [0.8, 1.25], flip: [0.5, 0.5, 0.5] }, seed);
      const second = placeAt([0.55, 0.5, 0.5], { rotation: 30, scale: [0.8, 1.25], flip: [0.5, 0.5, 0.5] }, 100 + seed);
      const [ours, theirs] = matchPlaces(first, second, { patch, extent, count: 1000, rng: new Rng(seed) });
      assertEquals(ours.length > 5, true, `${ours.length}`);
      assertEquals([new Set(ours).size, new Set(theirs).size], [ours.length, theirs.length]); // each in one pair
      ours.forEach((voxel, i) => {
        const apart = perAxis((axis) =>
          positionOf(first, voxel, extent)[axis] - positionOf(second, theirs[i], extent)[axis]
        );
        const halfDiagonal = Math.hypot(...extent.map((along, axis) => patch[axis] / along)) / 2;
        assertEquals(Math.hypot(...apart) <= halfDiagonal * 1.25 + 1e-9, true, `${apart}`);
      });
    }
  }
});

Deno.test("what lies outside the volume or the other crop is matched with nothing", () => {
  const corner = placeAt([0, 0, 0]); // its eighth lies in the volume
  const [ours] = matchPlaces(corner, corner, { patch, extent: patch, count: 1000, rng: new Rng(1) });
  assertEquals(ours.length, 4 ** 3);
  const apart = matchPlaces(placeAt([0.2, 0.2, 0.2]), placeAt([0.8, 0.8, 0.8]), {
    ...{ patch, extent: patch, count: 9, rng: new Rng(1) },
  });
  assertEquals(apart, [[], []]);
});

Deno.test("no more are drawn than asked for, as the seed says", () => {
  const [first, second] = [placeAt([0.5, 0.5, 0.5]), placeAt([0.5, 0.55, 0.5])];
  const drawn = (seed: number) => matchPlaces(first, second, { patch, extent: patch, count: 7, rng: new Rng(seed) });
  assertEquals(drawn(1).map(({ length }) => length), [7, 7]);
  assertEquals(drawn(1), drawn(1));
  assertNotEquals(drawn(1), drawn(2));
});
