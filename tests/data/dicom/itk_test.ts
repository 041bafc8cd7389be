/**
 * The series in `fixtures` were written by pydicom, and `expected.json` by SimpleITK (GDCM), which read them;
 * `fixtures/make.py` says how.
 */
import { assertAlmostEquals, assertEquals } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { readVolume } from "../../../src/data/formats/read.ts";
import expected from "./fixtures/expected.json" with { type: "json" };

const FIXTURES = fromFileUrl(new URL("fixtures", import.meta.url));

for (const [name, { dims, spacing, affine, values }] of Object.entries(expected)) {
  Deno.test(`the series of ${name} has the voxels, sizes and place that SimpleITK reads`, async () => {
    const volume = await readVolume(join(FIXTURES, name));
    assertEquals([...volume.dims], dims);
    assertEquals([...volume.data], values);
    volume.spacing.forEach((size, axis) => assertAlmostEquals(size, spacing[axis], 1e-6));
    affine.flat().forEach((value, i) => assertAlmostEquals(volume.affine.flat()[i], value, 1e-6));
  });
}
