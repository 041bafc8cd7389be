/**
 * The set that suits how many cases have labels: few need strong changes, to many these are a loss. On ACDC a site alone
 * gains by `strong` with 2 and 4 labelled cases and loses with 8 and more; ten sites together lose with 4 each, and with
 * 1 or 2 each it makes no difference (scripts/evaluate/README.md has the figures).
 *
 * @module
 */
import type { AugmentationSet } from "../augmentation.ts";
import { augmentations } from "./registry.ts";

/** The name that leaves the choice to {@linkcode suitedAugmentation}. */
const AUTO = "auto";

/** Labelled cases of a site from which on mild changes suit: of one that learns alone, and of one of several. */
const MANY = { alone: 8, together: 2 };

/** What `fineTune.augmentation` may be: the sets there are, and the choice among them. */
export const augmentationChoices: { readonly names: readonly string[] } = {
  get names() {
    return [AUTO, ...augmentations.names];
  },
};

/** What decides which set suits. */
export interface Labels {
  /** Labelled cases of the site, 0 or more. */
  readonly labelled: number;
  /** Whether it learns together with other sites, whose labelled cases count by their networks. */
  readonly together: boolean;
}

/** The set of this name; of `"auto"`, the one that suits. @throws {UserError} if there is no such set. */
export function suitedAugmentation(name: string, { labelled, together }: Labels): AugmentationSet {
  if (name !== AUTO) return augmentations.named(name);
  return augmentations.named(labelled >= MANY[together ? "together" : "alone"] ? "default" : "strong");
}
