/**
 * Boxes are exchanged between labelled and unlabelled patches, both ways, their labels alike (BCP, Bai et al. 2023,
 * arXiv 2305.00673). Every other patch is labelled and holds an unlabelled box; where a site has no label, both are
 * unlabelled.
 *
 * @module
 */
import { drawBox } from "./boxes.ts";
import type { Source, StepPatches, StudentPatch, UnlabelledVariant } from "./variant.ts";

/** A box's sides as shares of a patch's (BCP's two thirds). */
const SIDES = [2 / 3, 2 / 3] as const;

/** Boxes between labelled and unlabelled patches. */
export const copyPaste: UnlabelledVariant = {
  name: "copy-paste",
  plan({ unlabelled, labelled, shape, rng }: StepPatches): readonly StudentPatch[] {
    const first = rng.int(2);
    return Array.from({ length: unlabelled }, (_, index): StudentPatch => {
      const own: Source = { kind: "unlabelled", index };
      const other: Source = labelled > 0
        ? { kind: "labelled", index: index % labelled }
        : { kind: "unlabelled", index: (index + 1) % unlabelled };
      const [base, from] = (first + index) % 2 === 0 ? [own, other] : [other, own];
      return { base, pasted: { from, box: drawBox(shape, SIDES, rng) } };
    });
  },
};
