/** Small label maps on the disk. */
import { join } from "@std/path";
import type { Triple } from "../../src/core/triple.ts";
import { writeNifti } from "../../src/data/nifti/write.ts";

/** How {@linkcode writeMap} places a map. */
export interface MapOptions {
  dims?: Triple;
  spacing?: Triple;
  /** Where the first voxel lies, in mm. */
  origin?: Triple;
  /** Runs along x the other way. */
  flipped?: boolean;
}

/** Writes a label map, by default of 4 x 2 x 1 voxels of 10 x 10 x 10 mm; flipped, the same places from the other end. */
export async function writeMap(
  path: string,
  values: readonly number[],
  { dims = [4, 2, 1], spacing = [10, 10, 10], origin = [0, 0, 0], flipped = false }: MapOptions = {},
): Promise<void> {
  const [width] = dims;
  const at = (i: number) => i - i % width + (width - 1 - i % width);
  const data = Float32Array.from(values, (value, i) => flipped ? values[at(i)] : value);
  const x = flipped ? [-spacing[0], 0, 0, origin[0] + (width - 1) * spacing[0]] : [spacing[0], 0, 0, origin[0]];
  const affine = [x, [0, spacing[1], 0, origin[1]], [0, 0, spacing[2], origin[2]], [0, 0, 0, 1]];
  await Deno.mkdir(join(path, ".."), { recursive: true });
  await writeNifti(path, { data, dims, spacing, affine, orientation: flipped ? "LAS" : "RAS", datatype: "float32" });
}

/** A folder of references and one of predictions, in which cases a, b and c were segmented. */
export async function writeFolders(directory: string): Promise<{ reference: string; prediction: string }> {
  const [reference, prediction] = [join(directory, "labelsTr"), join(directory, "out")];
  await writeMap(join(reference, "a.nii.gz"), [1, 1, 0, 0, 2, 2, 0, 0]);
  await writeMap(join(prediction, "a.nii.gz"), [1, 0, 0, 0, 2, 2, 2, 2]);
  await writeMap(join(reference, "b.nii.gz"), [1, 1, 1, 1, 0, 0, 0, 0]);
  await writeMap(join(prediction, "b_0000.nii"), [1, 1, 1, 1, 0, 0, 0, 2]);
  await writeMap(join(reference, "c.nii.gz"), [0, 0, 1, 1, 0, 0, 0, 0]);
  await writeMap(join(prediction, "c.nii.gz"), [0, 0, 1, 1, 0, 0, 0, 0], { flipped: true });
  return { reference, prediction };
}
