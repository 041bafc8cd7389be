/** Scores of files against the figures that scripts/metrics_reference wrote of the same labels. */
import { assert, assertEquals } from "@std/assert";
import { dirname, join } from "@std/path";
import type { Triple } from "../../src/core/triple.ts";
import { readVolume } from "../../src/data/formats/read.ts";
import { writeNifti } from "../../src/data/nifti/write.ts";
import type { ScoreField } from "../../src/scoring/row.ts";
import { scoreFolders } from "../../src/scoring/score_folders.ts";
import { sharedData, withFolder } from "../data/_files.ts";
import { change } from "../segmentation/metrics/_masks.ts";
import real from "../segmentation/metrics/fixtures/real.json" with { type: "json" };

/** The fields and what the figures call them. */
const NAMES: readonly (readonly [ScoreField, string])[] = [
  ["dice", "dice"],
  ["iou", "iou"],
  ["hd95", "hd95"],
  ["assd", "assd"],
  ["surfaceDice", "surface-dice@1"],
  ["volumeDifference", "volume-difference"],
];

const { path, missing, reason } = sharedData("hippocampus");

Deno.test({
  name: `score agrees with MONAI on files made of real labels${reason}`,
  ignore: missing,
  fn: () =>
    withFolder(async (directory) => {
      // those whose voxel size is the files' own
      const own = real.cases.filter(({ truth, spacing, change }) =>
        truth.startsWith("hippocampus/") && spacing.every((size) => size === 1) && !("without" in change)
      );
      const reference = join(directory, "labelsTr"), prediction = join(directory, "out");
      for (const folder of [reference, prediction]) await Deno.mkdir(folder);
      for (const [i, { truth, change: changed }] of own.entries()) {
        const file = join(dirname(path), truth), volume = await readVolume(file);
        await Deno.copyFile(file, join(reference, `${i}.nii.gz`));
        const data = change(volume.data, volume.dims, changed as unknown as { shift: Triple });
        await writeNifti(join(prediction, `${i}.nii.gz`), { ...volume, data }, { datatype: "uint8" });
      }
      const { rows, faults } = await scoreFolders({ reference, prediction, tolerance: 1 });
      assertEquals([rows.length, faults], [2 * own.length, []]);
      let compared = 0;
      for (const row of rows) {
        const figures =
          (own[Number(row.case)].figures as unknown as Record<string, Record<string, Record<string, number>>>)[
            row.class
          ];
        for (const [field, name] of NAMES) {
          for (const source of ["monai", "float64"]) {
            const expected = figures[source][name];
            if (expected === undefined) continue; // MONAI has no volume difference
            const found = row[field]!;
            assert(
              Math.abs(found - expected) <= 1e-6 * Math.max(1, Math.abs(expected)),
              `${row.case} ${field} ${found} ${expected}`,
            );
            compared++;
          }
        }
      }
      assertEquals(compared, rows.length * 11);
      assert(own.length >= 5);
    }),
});
