/**
 * What an outer optimiser is: how the H local steps between two exchanges become a step of the shared weights.
 *
 * A round begins at the weights φ and training ends at θ; the update is Δ = θ − φ. `contribution(Δ)` is added to the
 * averaging state, the exchange turns φ + contribution into a mixed x, and `correction(φ, x)` is added to the state
 * after it. Both are contributions like any other: they count with the site's mass, and an exchange that is under way
 * when they are added keeps them.
 *
 * @module
 */

/** One peer's outer optimiser, with its momentum. */
export interface OuterState {
  /** What to add to the averaging state before the exchange. A new array, or `update` itself. */
  contribution(update: Float32Array): Float32Array;
  /**
   * What to add to it after the exchange, and the end of the round; undefined where there is nothing to add.
   *
   * @param start φ: the weights that training began with
   * @param mixed what the state holds after the exchange
   */
  correction(start: Float32Array, mixed: Float32Array): Float32Array | undefined;
  /** The momentum, for a checkpoint, a copy; undefined for one that has none (yet). */
  momentum(): Float32Array | undefined;
  /** Goes on with a checkpoint's momentum. @throws {RangeError} if it has another length or is not finite. */
  restore(momentum: Float32Array): void;
}

/** The rates of an outer optimiser; each has its own defaults. */
export interface OuterRates {
  /** Factor on the update, above 0. */
  learningRate?: number;
  /** What is carried on of the round before, in [0, 1). */
  momentum?: number;
}

/** An outer optimiser. */
export interface OuterOptimiser {
  /** What configurations call it. */
  readonly name: string;
  /** Whether it is only right where every exchange ends in the exact mean over all. */
  readonly needsExactMean: boolean;
  /** The rates that it takes where none are given; undefined for one that has none. */
  readonly rates?: Readonly<Required<OuterRates>>;
  /** For vectors of `values` values. */
  open(values: number, rates?: OuterRates): OuterState;
}
