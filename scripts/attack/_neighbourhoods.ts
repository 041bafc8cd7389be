/**
 * What an inversion is to bring back: the surroundings of a place in a volume, at half the volume's resolution.
 *
 * @module
 */
import { Rng } from "../../src/core/rng.ts";
import { gaussianBlur } from "../../src/data/augmentation/transformations/gaussian_blur.ts";
import { samplePatch } from "../../src/data/patches.ts";
import type { PreparedCase } from "../../src/data/prepare.ts";
import type { Place } from "./_release_ledger.ts";

/** Values along each axis; each stands for two voxels. */
export const EXTENT = 8;

/** Values of a neighbourhood. */
export const SIZE = EXTENT ** 3;

/** Standard deviation in voxels of the blur that goes before taking every second voxel. */
const BLUR = 0.8;

const blurred = new WeakMap<PreparedCase, PreparedCase>();

/** The volume itself, not augmented and not rotated, around each place: [places, 8, 8, 8]. */
export function neighbourhoods(places: readonly Place[]): Float32Array {
  const values = new Float32Array(places.length * SIZE);
  const rng = new Rng(0); // nothing is drawn
  places.forEach(({ prepared, position }, row) => {
    let source = blurred.get(prepared);
    if (!source) {
      const { label: _, ...unlabelled } = prepared;
      source = { ...unlabelled, image: gaussianBlur(prepared.image, prepared.shape, BLUR) };
      blurred.set(prepared, source);
    }
    const shape = [EXTENT, EXTENT, EXTENT] as const;
    const geometry = { scale: [0.5, 0.5] as const };
    values.set(samplePatch(source, { shape, rng, geometry, centre: position }).image, row * SIZE);
  });
  return values;
}
