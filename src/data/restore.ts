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

/** Options of {@linkcode LabelRestorer}. */
export interface RestoreOptions {
  /** Whether the probabilities on the file's grid are kept as a whole, beside the labels. @default false */
  probabilities?: boolean;
}

/** Takes probabilities plane by plane and makes labels of them. */
export class LabelRestorer {
  readonly #prepared: Pick<PreparedCase, "shape" | "source">;
  readonly #classes: number;
  readonly #winners: WinnerPlanes;
  readonly #layout: RasLayout;
  readonly #data: Float32Array | Uint8Array;
  /** On the file's grid, of each class but the background; none where they are not kept. */
  readonly #probabilities: readonly Float32Array[];
  /** One class's probabilities of a plane of the prepared grid, where that is a part. */
  readonly #part: Float32Array;
  /** Planes of the resampled grid so far. */
  #done = 0;

  /** @throws {RangeError} if the dataset does not have as many classes. */
  constructor(prepared: Pick<PreparedCase, "shape" | "source">, classes: number, options: RestoreOptions = {}) {
    const { shape, source: { dims, affine, labelValues, window } } = prepared;
    if (classes > labelValues.length) {
      throw new RangeError(`the dataset has ${labelValues.length} classes, got ${classes}`);
    }
    this.#prepared = prepared;
    this.#classes = classes;
    this.#layout = rasLayout(affine, dims);
    this.#winners = new WinnerPlanes(classes, window?.whole ?? [shape[2], shape[1], shape[0]], this.#layout.dims);
    this.#data = new (labelValues.at(-1)! <= 255 && labelValues[0] >= 0 ? Uint8Array : Float32Array)(voxelCount(dims));
    const kept = options.probabilities ? classes - 1 : 0;
    this.#probabilities = Array.from({ length: kept }, () => new Float32Array(voxelCount(dims)));
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
    return { data: this.#data, ...this.#geometry(), datatype: "uint8" };
  }

  /** The probabilities of each structure by its label value, on the same grid, where they are kept. */
  probabilities(): Map<number, Volume> {
    const { source: { labelValues } } = this.#prepared;
    return new Map(this.#probabilities.map((data, index) => {
      return [labelValues[index + 1], { data, ...this.#geometry(), datatype: "float32" }];
    }));
  }

  #geometry(): Omit<Volume, "data" | "datatype"> {
    const { source: { dims, spacing, affine, orientation, forms } } = this.#prepared;
    return { dims, spacing, affine: affine.map((row) => [...row]), orientation, forms };
  }

  /** Outside the window nothing was looked at: background. */
  #addOutside(): void {
    this.#add(fillOutside);
  }

  #add(fill: (share: Float32Array, label: number) => void): void {
    const { source: { labelValues } } = this.#prepared;
    for (const { z, winners, shares } of this.#winners.add(fill)) {
      this.#place(z, winners, { data: this.#data, meanings: labelValues });
      this.#probabilities.forEach((data, index) => this.#place(z, shares[index + 1], { data }));
    }
    this.#done++;
  }

  /** Writes plane `z` in RAS, [y, x], to where the file has it: its values, or what they mean. */
  #place(
    z: number,
    plane: Float32Array | Uint8Array,
    { data, meanings }: { data: Float32Array | Uint8Array; meanings?: readonly number[] },
  ): void {
    const { dims: [width, height], start, step } = this.#layout;
    for (let y = 0, i = 0; y < height; y++) {
      let to = start + y * step[1] + z * step[2];
      if (meanings) { for (let x = 0; x < width; x++, to += step[0]) data[to] = meanings[plane[i++]]; }
      else for (let x = 0; x < width; x++, to += step[0]) data[to] = plane[i++];
    }
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
