/**
 * The class with the greatest share at each voxel of another grid, plane by plane.
 *
 * @module
 */
import type { Triple } from "../core/triple.ts";
import { LinearPlanes } from "./linear_planes.ts";

/** A finished plane. */
export interface WinnerPlane {
  /** Its place along z. */
  readonly z: number;
  /** [y, x]; the first of classes with equal shares. It holds until the next plane. */
  readonly winners: Uint8Array;
  /** Of each class, [y, x]; they hold as long. */
  readonly shares: readonly Float32Array[];
}

/** Takes the classes' shares plane by plane, resamples each linearly, and gives the winners on the other grid. */
export class WinnerPlanes {
  readonly #classes: readonly LinearPlanes[];
  readonly #share: Float32Array;
  readonly #best: Float32Array;
  readonly #winners: Uint8Array;
  /** Each class's of the plane that was chosen last. */
  readonly #shares: Float32Array[] = [];
  #next = 0;

  /** @param dims voxels along x, y, z; so is `target` */
  constructor(classes: number, dims: Triple, target: Triple) {
    this.#classes = Array.from({ length: classes }, () => new LinearPlanes(dims, target));
    this.#share = new Float32Array(dims[0] * dims[1]);
    this.#best = new Float32Array(target[0] * target[1]);
    this.#winners = new Uint8Array(target[0] * target[1]);
  }

  /**
   * Takes the next plane, z ascending.
   *
   * @param fill writes a class's share of each voxel of the plane, [y, x]
   */
  *add(fill: (share: Float32Array, label: number) => void): Generator<WinnerPlane, void, void> {
    this.#classes.forEach((planes, label) => {
      fill(this.#share, label);
      planes.add(this.#share);
    });
    for (; this.#classes[0].isReady(this.#next); this.#next++) {
      this.#choose(this.#next);
      yield { z: this.#next, winners: this.#winners, shares: this.#shares };
    }
  }

  #choose(z: number): void {
    const best = this.#best.fill(-Infinity), winners = this.#winners.fill(0);
    this.#classes.forEach((planes, label) => {
      const share = this.#shares[label] = planes.read(z);
      for (let i = 0; i < best.length; i++) {
        if (share[i] > best[i]) {
          best[i] = share[i];
          winners[i] = label;
        }
      }
    });
  }
}
