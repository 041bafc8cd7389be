/**
 * As with a mean teacher, and boxes of other unlabelled patches are pasted into what the student sees, so that it must
 * tell what it sees from less around it (UniMatch, Yang et al. 2023, arXiv 2208.09910: cut-and-mix; here in 3D).
 *
 * @module
 */
import { drawBox } from "./boxes.ts";
import type { StepPatches, StudentPatch, UnlabelledVariant } from "./variant.ts";

/** How often a box is pasted (UniMatch's choice). */
const OFTEN = 0.5;

/** A box's sides as shares of a patch's: from .02 to .42 of its voxels, as UniMatch's .02 to .4 of an image. */
const SIDES = [0.27, 0.75] as const;

/** Boxes between unlabelled patches. */
export const weakToStrong: UnlabelledVariant = {
  name: "weak-to-strong",
  plan: ({ unlabelled, shape, rng }: StepPatches): readonly StudentPatch[] =>
    Array.from({ length: unlabelled }, (_, index): StudentPatch => {
      const base = { kind: "unlabelled", index } as const;
      if (unlabelled === 1 || !rng.chance(OFTEN)) return { base };
      const from = { kind: "unlabelled", index: (index + 1 + rng.int(unlabelled - 1)) % unlabelled } as const;
      return { base, pasted: { from, box: drawBox(shape, SIDES, rng) } };
    }),
};
