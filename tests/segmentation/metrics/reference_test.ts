/** The metrics against the figures that scripts/metrics_reference wrote. */
import { assert, assertEquals } from "@std/assert";
import { sha256Hex } from "../../../src/core/digest.ts";
import type { Triple } from "../../../src/core/triple.ts";
import { readVolume } from "../../../src/data/formats/read.ts";
import { type ClassMeasures, measureClasses } from "../../../src/segmentation/metrics/measure.ts";
import { metrics as registered } from "../../../src/segmentation/metrics/metrics.ts";
import { surfaceDiceAt } from "../../../src/segmentation/metrics/surface_dice.ts";
import { sharedData } from "../../data/_files.ts";
import { change, draw, type Shape } from "./_masks.ts";
import real from "./fixtures/real.json" with { type: "json" };
import synthetic from "./fixtures/synthetic.json" with { type: "json" };

type Figures = Record<"monai" | "float64" | "surface-distance", Record<string, number | string>>;

/** Beside those that are registered, surface Dice at each tolerance of the figures. */
const metrics = [
  ...registered,
  ...[0, 0.5, 1, 2, 5].map((tolerance) => ({ ...surfaceDiceAt(tolerance), name: `surface-dice@${tolerance}` })),
];

/** What is not compared with surface-distance: it weights surfaces by area, MONAI and this project count voxels. */
const OF_SURFACES = /^(hd95|assd|surface-dice@.*)$/;

/**
 * MONAI computes in float32, the same definitions in float64 leave nothing to rounding. Where MONAI says NaN or
 * Infinity because a mask is empty, this project's rule is tested instead.
 */
function assertAgree(ours: ClassMeasures, figures: Figures, where: string): void {
  for (const [source, tolerance] of [["monai", 1e-6], ["float64", 1e-12], ["surface-distance", 1e-12]] as const) {
    for (const [metric, expected] of Object.entries(figures[source])) {
      if (typeof expected !== "number" || (source === "surface-distance" && OF_SURFACES.test(metric))) continue;
      const found = ours[metric];
      const message = `${where}, ${metric}: ${found} here, ${expected} by ${source}`;
      assert(
        typeof found === "number" && Math.abs(found - expected) <= tolerance * Math.max(1, Math.abs(expected)),
        message,
      );
    }
  }
}

function assertMissed({ dice, iou, hd95, assd, "surface-dice": surface }: ClassMeasures): void {
  assertEquals([dice, iou, hd95, assd, surface], [0, 0, Infinity, Infinity, 0]);
}

for (const { name, dims, spacing, prediction, truth, figures } of synthetic.cases) {
  Deno.test(`metrics agree with MONAI on synthetic masks: ${name}`, () => {
    const grid = { dims: dims as unknown as Triple, spacing: spacing as unknown as Triple };
    const masks = [prediction, truth].map((shapes) => draw(shapes as unknown as Shape[], grid.dims));
    const ours = measureClasses(masks[0], masks[1], { labels: [1], metrics, ...grid }).get(1)!;
    assertAgree(ours, figures as unknown as Figures, name);
    const empty = masks.filter((mask) => mask.every((value) => value === 0)).length;
    if (empty === 1) assertMissed(ours);
    if (empty === 2) assertEquals(new Set(Object.values(ours)), new Set([null]));
  });
}

for (const dataset of ["acdc", "hippocampus"]) {
  const { path, missing, reason } = sharedData(dataset);
  Deno.test({
    name: `metrics agree with MONAI on real labels of ${dataset}${reason}`,
    ignore: missing,
    fn: async () => {
      const own = real.cases.filter(({ truth }) => truth.startsWith(`${dataset}/`));
      let compared = 0;
      for (const { name, digests, change: changed, spacing, labels, figures, ...files } of own) {
        const paths = [files.prediction, files.truth].map((file) => `${path}/../${file}`);
        for (const [i, file] of paths.entries()) assertEquals(await sha256Hex(await Deno.readFile(file)), digests[i]);
        const [prediction, truth] = [await readVolume(paths[0]), await readVolume(paths[1])];
        const moved = change(prediction.data, truth.dims, changed as unknown as { shift?: Triple; without?: number });
        const options = { labels, metrics, dims: truth.dims, spacing: spacing as unknown as Triple };
        for (const [label, ours] of measureClasses(moved, truth.data, options)) {
          const expected = (figures as unknown as Record<string, Figures>)[label];
          assertAgree(ours, expected, `${name}, label ${label}`);
          if (expected.monai.assd === "inf") assertMissed(ours);
          compared++;
        }
      }
      assertEquals(compared, dataset === "acdc" ? 18 : 30);
    },
  });
}
