/**
 * The files in `fixtures` were written by SimpleITK and pynrrd, and `expected.json` by SimpleITK, which read them;
 * `fixtures/make.py` says how.
 */
import { assertAlmostEquals, assertEquals } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { readFrames } from "../../../src/data/formats/read.ts";
import { readHeaderOf } from "../../../src/data/formats/registry.ts";
import expected from "./fixtures/expected.json" with { type: "json" };

const FIXTURES = fromFileUrl(new URL("fixtures", import.meta.url));

for (const [name, { dims, spacing, affine, values }] of Object.entries(expected)) {
  Deno.test(`${name} has the voxels, sizes and place that SimpleITK reads`, async () => {
    const path = join(FIXTURES, name);
    const frames = await readFrames(path);
    assertEquals(frames.flatMap(({ stored }) => Array.from(stored)), values);
    assertEquals((await readHeaderOf(path)).dims, dims);
    frames[0].spacing.forEach((size, axis) => assertAlmostEquals(size, spacing[axis], 1e-6));
    affine.flat().forEach((value, i) => assertAlmostEquals(frames[0].affine.flat()[i], value, 1e-12));
  });
}
