/**
 * Picks the slice of a test case that is worth looking at.
 *
 * @module
 */
import type { Triple } from "../../core/triple.ts";
import type { Preview } from "./schema.ts";

/** Gives plane `z` of a volume, [y, x], x fastest; it holds until the next one. */
export type PlaneReader<T extends Float32Array | Uint8Array> = (z: number) => T;

/** A test case with its truth and predictions, all on one RAS grid of `shape` [z, y, x], of which planes are read. */
export interface PreviewSource {
  case: string;
  shape: Triple;
  image: PlaneReader<Float32Array>;
  truth?: PlaneReader<Uint8Array> | null;
  pretrained?: PlaneReader<Uint8Array> | null;
  scratch?: PlaneReader<Uint8Array> | null;
  /** Voxel size in mm, [x, y, z]. @default [1, 1, 1] */
  spacing?: Triple;
}

/** Share of a slice's voxels that is clipped to black and to white, each. */
const CLIPPED = 0.005;

/** The axial slice with the most foreground in `labels`; the middle one where there is none. */
function fullestSlice(labels: readonly PlaneReader<Uint8Array>[], depth: number): number {
  let best = Math.floor(depth / 2);
  let most = 0;
  for (const planeAt of labels) {
    for (let z = 0; z < depth; z++) {
      let count = 0;
      for (const label of planeAt(z)) if (label !== 0) count++;
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
  return new Uint8Array(slice.map((value) => Math.min(255, Math.max(0, Math.round(((value - low) / range) * 255)))));
}

/** Both axes turned round: RAS runs left to right and back to front, the display the other way about. */
function turned<T extends Float32Array | Uint8Array>(slice: T): T {
  return slice.slice().reverse() as T;
}

/**
 * The axial slice with the most foreground (of the truth; of the predictions where the truth has none), in the
 * radiological convention: anterior up, the patient's right on the viewer's left.
 *
 * @throws {RangeError} if a plane does not hold exactly one value a voxel.
 */
export function makePreview(source: PreviewSource): Preview {
  const { shape: [depth, height, width], spacing = [1, 1, 1] } = source;
  const { image, truth = null, pretrained = null, scratch = null } = source;
  const present = [truth, pretrained, scratch].filter((planeAt) => planeAt !== null);
  const slice = fullestSlice(present, depth);
  const cut = <T extends Float32Array | Uint8Array>(name: string, planeAt: PlaneReader<T>): T => {
    const plane = planeAt(slice);
    if (plane.length === height * width) return turned(plane);
    throw new RangeError(
      `a preview of ${source.case}: a plane of ${name} must hold ${height * width} voxels, it holds ${plane.length}`,
    );
  };
  return {
    case: source.case,
    plane: "axial",
    slice,
    width,
    height,
    pixelAspect: spacing[1] / spacing[0],
    image: windowed(cut("image", image)),
    truth: truth && cut("truth", truth),
    pretrained: pretrained && cut("pretrained", pretrained),
    scratch: scratch && cut("scratch", scratch),
  };
}
