/** nnU-Net's set, each change three times as likely, and elastic deformation: for very few labelled cases. */
import type { AugmentationSet } from "../augmentation.ts";
import { NNUNET_AUGMENTATION } from "./nnunet.ts";

/** How many times as likely a change is as in nnU-Net's set. */
const OFTEN = 3;

/** See the file's head. */
export const strongSet: AugmentationSet = {
  name: "strong",
  augmentation: {
    geometry: {
      ...NNUNET_AUGMENTATION.geometry,
      rotationProbability: OFTEN * 0.2,
      scaleProbability: OFTEN * 0.2,
      elastic: { cells: 4, displacement: 0.4, probability: 0.5 },
    },
    transformations: NNUNET_AUGMENTATION.transformations!.map((one) => ({
      ...one,
      probability: Math.min(1, OFTEN * one.probability),
    })),
  },
};
