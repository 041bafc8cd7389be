/**
 * The weights that a peer has in common with the others, round by round: what training changed goes through the outer
 * optimiser into the averaging state, the exchange mixes it, and what comes out is where the next round begins.
 */
import { UserError } from "../core/errors.ts";
import { allFinite } from "../core/vectors.ts";
import type { Mesh } from "../mesh/mesh.ts";
import type { OuterRates, OuterState } from "../mesh/averaging/outer/outer_optimiser.ts";
import { outerOptimisers } from "../mesh/averaging/outer/outer_optimisers.ts";
import type { TrainerOpened } from "./trainer_api.ts";

/** What {@linkcode SharedWeights} begins with. */
export interface SharedWeightsOptions {
  averaging: Mesh["averaging"];
  /** Where the training begins. */
  opened: Pick<TrainerOpened, "vector" | "layoutDigest" | "layout" | "round" | "momentum">;
  /** What this site contributes with. */
  mass: number;
  /** Rounds of the run before those of the training; all others here are counted through. @default 0 */
  before?: number;
  /** The outer optimiser, and its rates where they are not its own. */
  outer: OuterRates & { name: string };
}

/** One peer's weights between two rounds. */
export class SharedWeights {
  readonly #averaging: Mesh["averaging"];
  readonly #opened: SharedWeightsOptions["opened"];
  readonly #mass: number;
  readonly #outer: OuterState;
  /** φ: what the round's training began with. */
  #start: Float32Array;
  /** Whether others can average with this peer. */
  #isShared = false;

  /**
   * Begins averaging where an earlier life left off. A new peer answers nobody before it has something to give: the
   * others may be far ahead, and its untrained weights would throw them back.
   *
   * @throws {UserError} if the outer momentum does not fit.
   */
  constructor({ averaging, opened, mass, outer, before = 0 }: SharedWeightsOptions) {
    this.#averaging = averaging;
    this.#opened = opened;
    this.#mass = mass;
    const { name, ...rates } = outer;
    this.#outer = outerOptimisers.named(name).open(opened.vector.length, rates);
    this.#start = opened.vector;
    if (opened.momentum && !this.resumeMomentum(opened.momentum)) {
      throw new UserError(
        "resuming: the checkpoint must come from the same outer optimiser; remove it to start afresh",
        {
          where: "mesh.averaging.outer",
          value: name,
        },
      );
    }
    if (opened.round > 0) this.#begin(opened.vector, before + opened.round);
  }

  /** What the round's training began with. */
  get start(): Float32Array {
    return this.#start;
  }

  /**
   * Adds what a round of training has made of the weights.
   *
   * @param options.share whether a peer that answers nobody yet begins to.
   * @throws {UserError} if it is not finite.
   */
  contribute(trained: Float32Array, round: number, { share = true } = {}): void {
    if (!allFinite(trained)) {
      throw new UserError("averaging: the trained weights must be finite; a lower learningRate may help", {
        where: `round ${round}`,
      });
    }
    if (!this.#isShared && !share) {
      this.#start = trained;
      return;
    }
    if (!this.#isShared) this.#begin(this.#start, round);
    const update = trained.map((value, i) => value - this.#start[i]);
    this.#averaging.contribute(this.#outer.contribution(update), round);
  }

  /** Puts a member's weights in the place of this peer's own. */
  replace(vector: Float32Array, round: number): void {
    this.#start = vector;
    this.#begin(vector, round);
  }

  /** Ends a round: the outer optimiser's step, then the weights that the next round begins with, and the momentum. */
  finish(round: number): { vector: Float32Array; momentum?: Float32Array } {
    if (!this.#isShared) return { vector: this.#start, momentum: this.#outer.momentum() };
    const { vector: mixed } = this.#averaging.snapshot();
    const correction = this.#outer.correction(this.#start, mixed);
    if (correction) this.#averaging.contribute(correction, round);
    this.#start = correction ? this.#averaging.snapshot().vector : mixed;
    return { vector: this.#start, momentum: this.#outer.momentum() };
  }

  /** Goes on with `momentum`; whether it fits this outer optimiser: if it does not, nothing changes. */
  resumeMomentum(momentum: Float32Array): boolean {
    try {
      this.#outer.restore(momentum);
      return true;
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      return false;
    }
  }

  #begin(vector: Float32Array, round: number): void {
    this.#isShared = true;
    const { layoutDigest, layout } = this.#opened;
    this.#averaging.initialise(vector, { layout: layoutDigest, tensors: layout, mass: this.#mass, round });
  }
}
