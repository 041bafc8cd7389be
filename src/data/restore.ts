/**
 * Bringing a prediction back to its image file's own grid, plane by plane: neither the probabilities nor the shares of
 * the labels on the file's grid are ever in memory as a whole.
 *
 * @module
 */
import { uncropPlane } from "./crop.ts";
import { type RasLayout, rasLayout } from "./orient.ts";
import type { PreparedCase } from "./prepare.ts";
import { type Volume, voxelCount } from "./volume.ts";
import { WinnerPlanes } from "./winner_planes.ts";

/** Label values, in a byte each where all of them fit. */
export type LabelVolume = Volume<Float32Array | Uint8Array>;

/** Takes probabilities plane by plane and makes labels of them. */
export class LabelRestorer {
  readonly #prepared: Pick<PreparedCase, "shape" | "source">;
  readonly #classes: number;
  readonly #winners: WinnerPlanes;
  readonly #layout: RasLayout;
  readonly #data: Float32Array | Uint8Array;
  /** One class's probabilities of a plane of the prepared grid, where that is a part. */
  readonly #part: Float32Array;
  /** Planes of the resampled grid so far. */
  #done = 0;

  /** @throws {RangeError} if the dataset does not have as many classes. */
  constructor(prepared: Pick<PreparedCase, "shape" | "source">, classes: number) {
    const { shape, source: { dims, affine, labelValues, window } } = prepared;
    if (classes > labelValues.length) {
      throw new RangeError(`the dataset has ${labelValues.length} classes, got ${classes}`);
    }
    this.#prepared = prepared;
    this.#classes = classes;
    this.#layout = rasLayout(affine, dims);
    this.#winners = new WinnerPlanes(classes, window?.whole ?? [shape[2], shape[1], shape[0]], this.#layout.dims);
    this.#data = new (labelValues.at(-1)! <= 255 && labelValues[0] >= 0 ? Uint8Array : Float32Array)(voxelCount(dims));
    this.#part = new Float32Array(window ? shape[1] * shape[2] : 0);
  }

  /** Takes the next planes of the prepared grid, z ascending: [planes, y, x, classes]; the greatest wins. */
  add(probabilities: Float32Array): void {
    const { shape: [, height, width], source: { window } } = this.#prepared;
    const classes = this.#classes, area = height * width;
    while (window && this.#done < window.start[2]) this.#addOutside();
    for (let from = 0; from < probabilities.length; from += area * classes) {
      this.#add((share, label) => {
        const own = window ? this.#part : share;
        for (let i = 0, at = from + label; i < area; i++, at += classes) own[i] = probabilities[at];
        if (window) uncropPlane(own, window, fillOutside(share, label));
      });
    }
  }

  /**
   * The labels in the image file's own grid and orientation, ready for `writeNifti`.
   *
   * @throws {RangeError} if not all planes of the prepared grid have been added.
   */
  finish(): LabelVolume {
    const { shape, source } = this.#prepared;
    const { window } = source;
    const planes = this.#done - (window?.start[2] ?? 0);
    if (planes !== shape[0]) throw new RangeError(`a case of ${shape[0]} planes is restored from all, got ${planes}`);
    while (window && this.#done < window.whole[2]) this.#addOutside();
    return {
      data: this.#data,
      dims: source.dims,
      spacing: source.spacing,
      affine: source.affine.map((row) => [...row]),
      orientation: source.orientation,
      forms: source.forms,
      datatype: "uint8",
    };
  }

  /** Outside the window nothing was looked at: background. */
  #addOutside(): void {
    this.#add(fillOutside);
  }

  #add(fill: (share: Float32Array, label: number) => void): void {
    const { source: { labelValues } } = this.#prepared;
    const { dims: [width, height], start, step } = this.#layout;
    for (const { z, winners } of this.#winners.add(fill)) {
      for (let y = 0, i = 0; y < height; y++) {
        let to = start + y * step[1] + z * step[2];
        for (let x = 0; x < width; x++, to += step[0]) this.#data[to] = labelValues[winners[i++]];
      }
    }
    this.#done++;
  }
}

function fillOutside(share: Float32Array, label: number): Float32Array {
  return share.fill(label === 0 ? 1 : 0);
}

/**
 * The most probable label of every voxel of the input's own grid, in its own orientation, ready for `writeNifti`.
 *
 * @param probabilities [z, y, x, classes] on the prepared grid; the greatest wins
 * @throws {RangeError} if these are not as many, or the dataset has fewer classes.
 */
export function restoreLabels(
  prepared: Pick<PreparedCase, "shape" | "source">,
  probabilities: Float32Array,
  classes: number,
): LabelVolume {
  const { shape } = prepared;
  const voxels = voxelCount(shape);
  if (probabilities.length !== voxels * classes) {
    throw new RangeError(
      `${shape} voxels of ${classes} classes are ${voxels * classes} values, got ${probabilities.length}`,
    );
  }
  const restorer = new LabelRestorer(prepared, classes);
  restorer.add(probabilities);
  return restorer.finish();
}
