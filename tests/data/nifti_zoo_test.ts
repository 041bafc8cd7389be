import { assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { UserError } from "../../src/core/errors.ts";
import type { CaseHeaders } from "../../src/data/checks/check.ts";
import { tellOddHeaders } from "../../src/data/checks/odd_headers.ts";
import { requireVoxelSizes } from "../../src/data/checks/voxel_size.ts";
import { readHeaderOf } from "../../src/data/nifti/image.ts";
import { readVolume } from "../../src/data/formats/read.ts";
import { summariseVolume } from "../../src/data/formats/summary.ts";
import { gridOf } from "../../src/data/plan.ts";
import { planGrids } from "../../src/planning/preparation.ts";
import { sharedData } from "./_files.ts";

const zoo = sharedData("nifti-zoo");

/** The manifest's rows, as nibabel read the files. */
function manifest(): Record<string, string>[] {
  const [header, ...rows] = Deno.readTextFileSync(`${zoo.path}/manifest.tsv`).trimEnd().split("\n").map((line) =>
    line.split("\t")
  );
  return rows.map((row) => Object.fromEntries(header.map((name, i) => [name, row[i] ?? ""])));
}

const REFUSED = ["complex_image.nii.gz", "ct_perfusion_rgb.nii.gz", "not-nifti.nii", "empty.nii.gz"];

Deno.test({
  name: `every real file is read as nibabel reads it${zoo.reason}`,
  ignore: zoo.missing,
  fn: async (t) => {
    const rows = manifest();
    assertEquals(rows.length, 45);
    for (const row of rows) {
      const path = `${zoo.path}/${row.file}`;
      await t.step(row.file, async () => {
        if (REFUSED.includes(row.file)) {
          await assertRejects(() => summariseVolume(path), UserError, row.file);
          await assertRejects(() => readVolume(path), UserError, row.file);
          return;
        }
        const expected = row.kind === "data" ? rows.find(({ file }) => file === "ras.hdr")! : row;
        const summary = await summariseVolume(path);
        assertEquals(summary.dims, expected.dims.split("x").map(Number));
        assertEquals(summary.datatype, expected.dtype);
        assertEquals(summary.orientation, expected.nibabel_axes);
        const pixdim = expected.pixdim.split(",").map(Number);
        assertEquals(summary.spacing.length, pixdim.length);
        pixdim.forEach((size, axis) => assertAlmostEquals(summary.spacing[axis], size, 1e-4));
        for (const key of ["min", "max", "mean"] as const) {
          const value = Number(expected[`nibabel_${key}`]);
          assertAlmostEquals(summary[key]!, value, 1e-6 * Math.max(1, Math.abs(value)));
        }
        if (summary.dims.slice(3).some((extent) => extent > 1)) {
          await assertRejects(() => readVolume(path), UserError, "must be chosen");
          await readVolume(path, { frame: 1 });
          return;
        }
        const volume = await readVolume(path);
        assertEquals(volume.dims.slice(0, pixdim.length), summary.dims.slice(0, 3));
        const mean = volume.data.reduce((sum, value) => sum + value, 0) / volume.data.length;
        assertAlmostEquals(mean, summary.mean!, 1e-3 * Math.max(1, Math.abs(summary.mean!)));
      });
    }
  },
});

Deno.test({
  name: `no real file has a voxel size that is refused, and what contradicts itself is told${zoo.reason}`,
  ignore: zoo.missing,
  fn: async () => {
    const paths = manifest().map(({ file }) => file).filter((file) => !REFUSED.includes(file) && !/\.img/.test(file));
    const all = await Promise.all(paths.map(async (path): Promise<CaseHeaders> => ({
      reference: { id: path, subject: path, image: path },
      image: await readHeaderOf(`${zoo.path}/${path}`),
    })));
    const plan = planGrids(all.map(({ image }) => gridOf(image, {})));
    assertEquals(requireVoxelSizes(all, { plan }), []);
    assertEquals(tellOddHeaders(all, { plan }).sort(), [
      "acdc_patient139_ED_gt.nii.gz: pixdim says that voxels are 1.68269 x 1.68269 x 5 mm, the affine 1 x 1 x 1 mm: pixdim's are taken",
      "shear.nii.gz: qform and sform place voxels up to 35.6 mm apart: the sform is taken, other programs may not",
    ]);
  },
});
