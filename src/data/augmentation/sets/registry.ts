/** The sets of augmentations, by name. */
import { Registry } from "../../../core/registry.ts";
import type { AugmentationSet } from "../augmentation.ts";
import { transformations } from "../transformations/registry.ts";
import { defaultSet } from "./default.ts";
import { nnunetSet } from "./nnunet.ts";
import { strongSet } from "./strong.ts";

/** Those there are; each names transformations that there are, with probabilities and ranges that can be. */
export const augmentations: Registry<AugmentationSet> = new Registry("a set of augmentations", [
  defaultSet,
  nnunetSet,
  strongSet,
], { prove: requireKnown });

function requireKnown({ name, augmentation }: AugmentationSet): void {
  for (const { name: one, probability, range: [low, high] } of augmentation.transformations ?? []) {
    if (!transformations.get(one) || !(probability >= 0 && probability <= 1) || !(low <= high)) {
      throw new Error(`the augmentations ${name}: ${one} is not known, or its probability or range cannot be`);
    }
  }
}
