/**
 * nnU-Net's set (version 2, its trainer's `get_training_transforms`), with its probabilities and ranges; where it draws
 * for a patch and then for a channel, the two probabilities are multiplied.
 */
import type { Augmentation, AugmentationSet } from "../augmentation.ts";

/** See the file's head. Mirroring is a setting of its own. */
export const NNUNET_AUGMENTATION: Augmentation = {
  geometry: {
    rotation: 30,
    rotationInPlane: 180,
    rotationProbability: 0.2,
    scale: [0.7, 1.4],
    scaleProbability: 0.2,
  },
  transformations: [
    { name: "noise", probability: 0.1, range: [0, 0.1] },
    { name: "blur", probability: 0.2 * 0.5, range: [0.5, 1] },
    { name: "brightness", probability: 0.15, range: [0.75, 1.25] },
    { name: "contrast", probability: 0.15, range: [0.75, 1.25] },
    { name: "low-resolution", probability: 0.25 * 0.5, range: [0.5, 1] },
    { name: "inverted-gamma", probability: 0.1, range: [0.7, 1.5] },
    { name: "gamma", probability: 0.3, range: [0.7, 1.5] },
  ],
};

/** See {@linkcode NNUNET_AUGMENTATION}. */
export const nnunetSet: AugmentationSet = { name: "nnunet", augmentation: NNUNET_AUGMENTATION };
