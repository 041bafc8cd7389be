/** Mild changes that hold for any organ. */
import type { Augmentation, AugmentationSet } from "../augmentation.ts";

/** No flips, since left and right or front and back can be different structures. */
export const DEFAULT_AUGMENTATION: Augmentation = {
  geometry: { rotation: 15, scale: [0.85, 1.18] },
  intensity: { gamma: [0.7, 1.4], scale: [0.8, 1.25], shift: 0.2, noise: 0.1, blur: 0.7, probability: 0.3 },
};

/** See {@linkcode DEFAULT_AUGMENTATION}. */
export const defaultSet: AugmentationSet = { name: "default", augmentation: DEFAULT_AUGMENTATION };
