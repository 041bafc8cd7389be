/**
 * Volume fusion (MIS-FM, arXiv 2306.16925): two volumes' patches are mixed in random boxes, and the network says of
 * each voxel how much of the one and of the other it is made of, as a segmentation into classes of mixing.
 *
 *     X = alpha F + (1 - alpha) B,    alpha in {0, 1/4, 1/2, 3/4, 1} the same within a box, 0 outside of all
 *
 * The whole expanding path is trained with the loss of segmentation, Dice plus cross-entropy, and passed on; the map
 * from its finest channels to the classes is averaged and then left behind. Every patch of a batch is foreground once
 * and background once.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import type { Rng } from "../../core/rng.ts";
import { perAxis, type Triple } from "../../core/triple.ts";
import { voxelCount } from "../../data/volume.ts";
import { voxelLoss } from "../../engine/ops/voxel_loss.ts";
import { Parameters, Pointwise } from "../../model/layers.ts";
import type { Objective, ObjectiveOptions } from "./objective.ts";
import { type Pretext, pretextObjective, type PretextOptions } from "./pretext.ts";

/** Classes of mixing: alpha in steps of a quarter, as in the paper. */
const CLASSES = 5;

/** Fewest and most boxes of a patch (the paper's 10 to 40). */
const BOXES = [10, 40] as const;

/** Shortest and longest edge of a box as shares of the patch's, along each axis by itself (nnssl's longest). */
const EDGES = [1 / 8, 5 / 8] as const;

/** Makes the objective. */
export function volumeFusion(options: ObjectiveOptions): Objective {
  return pretextObjective(boxFusion, options);
}

/** The pretext. */
export function boxFusion({ config: { patch }, maps, modelRng }: PretextOptions): Pretext {
  const parameters = new Parameters(modelRng);
  const mixing = new Pointwise(parameters, "fusion", { in: maps.at(-1)!.channels, out: CLASSES, bias: true });
  return {
    variables: parameters.variables,
    pose: (patches, rng) => { // [patches, depth, height, width, channels]
      const classes = drawMixing(patches.shape[0], patch, rng); // [patches, depth, height, width]
      return {
        shown: fuse(patches, classes),
        loss: (maps) => mixingLoss(mixing.forward(maps.at(-1)!), classes),
      };
    },
    dispose: () => tf.dispose([...parameters.variables.values()]),
  };
}

/** The class of mixing of each voxel, [patches, depth, height, width], below {@linkcode CLASSES}; later boxes lie above. */
export function drawMixing(patches: number, patch: Triple, rng: Rng): Uint8Array {
  const voxels = voxelCount(patch);
  const classes = new Uint8Array(patches * voxels);
  for (let index = 0; index < patches; index++) {
    const ofPatch = classes.subarray(index * voxels, (index + 1) * voxels);
    const boxes = BOXES[0] + rng.int(BOXES[1] - BOXES[0] + 1);
    for (let box = 0; box < boxes; box++) fillBox(ofPatch, patch, rng);
  }
  return classes;
}

/** Gives one class to a box of random edges at a random place inside the patch. */
function fillBox(classes: Uint8Array, patch: Triple, rng: Rng): void {
  const ofBox = rng.int(CLASSES);
  const edges = perAxis((axis) => {
    const [shortest, longest] = EDGES.map((share) => Math.max(1, Math.round(share * patch[axis])));
    return shortest + rng.int(longest - shortest + 1);
  });
  const from = perAxis((axis) => rng.int(patch[axis] - edges[axis] + 1));
  for (let z = from[0]; z < from[0] + edges[0]; z++) {
    for (let y = from[1]; y < from[1] + edges[1]; y++) {
      const start = (z * patch[1] + y) * patch[2] + from[2];
      classes.fill(ofBox, start, start + edges[2]);
    }
  }
}

/**
 * Each patch mixed with the next one, the last with the first.
 *
 * @param patches [patches, depth, height, width, channels of the images]
 * @param classes [patches, depth, height, width]: alpha is the class over the last class.
 */
export function fuse(patches: tf.Tensor5D, classes: Uint8Array): tf.Tensor5D {
  const [count, ...extent] = patches.shape;
  const next = [[1, count - 1], [0, 1]] // all but the first, then the first
    .map(([start, size]) => patches.slice([start, 0, 0, 0, 0], [size, ...extent]));
  const background = tf.concat(next, 0) as tf.Tensor5D; // [patches, depth, height, width, channels]
  const shares = Float32Array.from(classes, (ofVoxel) => ofVoxel / (CLASSES - 1));
  const alpha = tf.tensor5d(shares, [count, extent[0], extent[1], extent[2], 1]); // [patches, depth, height, width, 1]
  return background.add(patches.sub(background).mul(alpha)) as tf.Tensor5D;
}

/**
 * Dice over the classes of mixing but the background's, plus cross-entropy over all, every voxel the same.
 *
 * @param logits [patches, depth, height, width, classes]
 */
export function mixingLoss(logits: tf.Tensor5D, classes: Uint8Array): tf.Scalar {
  const classSizes = new Array<number>(CLASSES).fill(0);
  for (let voxel = 0; voxel < classes.length; voxel++) classSizes[classes[voxel]]++;
  const classWeights = classSizes.map(() => 1 / classes.length);
  return voxelLoss(logits, classes, { dice: 1, crossEntropy: 1, smooth: 1e-5, classSizes, classWeights });
}
