/** How far local training moves a vector. */

/** Contributions that are remembered. */
const REMEMBERED = 4;

/** The L2 norms of the latest contributions. */
export class Moves {
  #norms: readonly number[] = [];

  /** Remembers one. */
  add(update: Float32Array): void {
    let square = 0;
    for (let i = 0; i < update.length; i++) square += update[i] * update[i];
    this.addSquare(square);
  }

  /** Remembers one of which the square of the norm is known. */
  addSquare(square: number): void {
    this.#norms = [...this.#norms, Math.sqrt(square)].slice(-REMEMBERED);
  }

  /** The longest; 0 where there was none. */
  get longest(): number {
    return Math.max(0, ...this.#norms);
  }
}
