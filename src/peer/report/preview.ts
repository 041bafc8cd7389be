/**
 * Picks the slice of a test case that is worth looking at.
 *
 * @module
 */
import type { Triple } from "../../core/triple.ts";
import type { Preview } from "./schema.ts";

/** A test case with its truth and predictions, all on one RAS grid of `shape` [z, y, x], x fastest. */
export interface PreviewSource {
  case: string;
  shape: Triple;
  image: Float32Array;
  truth?: Uint8Array | null;
  pretrained?: Uint8Array | null;
  scratch?: Uint8Array | null;
  /** Voxel size in mm, [x, y, z]. @default [1, 1, 1] */
  spacing?: Triple;
}

/** Share of a slice's voxels that is clipped to black and to white, each. */
const CLIPPED = 0.005;

/** The axial slice with the most foreground in `labels`; the middle one where there is none. */
function fullestSlice(labels: readonly Uint8Array[], depth: number, area: number): number {
  let best = Math.floor(depth / 2);
  let most = 0;
  for (const volume of labels) {
    for (let z = 0; z < depth; z++) {
      let count = 0;
      for (let i = z * area; i < (z + 1) * area; i++) if (volume[i] !== 0) count++;
      if (count > most) [best, most] = [z, count];
    }
    if (most > 0) break;
  }
  return best;
}

/** Grey values 0 to 255 between the slice's own percentiles. */
function windowed(slice: Float32Array): Uint8Array {
  const sorted = slice.filter(Number.isFinite).sort();
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))] ?? 0;
  const low = at(CLIPPED);
  const range = at(1 - CLIPPED) - low || 1;
  return Uint8Array.from(slice, (value) => Math.min(255, Math.max(0, Math.round(((value - low) / range) * 255))));
}

/** Both axes turned round: RAS runs left to right and back to front, the display the other way about. */
function turned<T extends Float32Array | Uint8Array>(slice: T): T {
  return slice.slice().reverse() as T;
}

/**
 * The axial slice with the most foreground (of the truth; of the predictions where the truth has none), in the
 * radiological convention: anterior up, the patient's right on the viewer's left.
 *
 * @throws {RangeError} if an array does not hold exactly one value a voxel.
 */
export function makePreview(source: PreviewSource): Preview {
  const { shape, image, spacing = [1, 1, 1] } = source;
  const [depth, height, width] = shape;
  const area = height * width;
  const volumes = {
    truth: source.truth ?? null,
    pretrained: source.pretrained ?? null,
    scratch: source.scratch ?? null,
  };
  for (const [name, data] of Object.entries({ image, ...volumes })) {
    if (data !== null && data.length !== depth * area) {
      throw new RangeError(
        `a preview of ${source.case}: ${name} must hold ${depth * area} voxels, it holds ${data.length}`,
      );
    }
  }
  const present = Object.values(volumes).filter((volume) => volume !== null);
  const slice = fullestSlice(present, depth, area);
  const cut = (volume: Uint8Array | null) =>
    volume === null ? null : turned(volume.subarray(slice * area, (slice + 1) * area));
  return {
    case: source.case,
    plane: "axial",
    slice,
    width,
    height,
    pixelAspect: spacing[1] / spacing[0],
    image: windowed(turned(image.subarray(slice * area, (slice + 1) * area))),
    truth: cut(volumes.truth),
    pretrained: cut(volumes.pretrained),
    scratch: cut(volumes.scratch),
  };
}
