/**
 * The weights that a peer has in common with the others, round by round: what training changed goes through the outer
 * optimiser into the averaging state, the exchange mixes it, and what comes out is where the next round begins.
 */
import { UserError } from "../core/errors.ts";
import { inSlices } from "../core/slices.ts";
import type { Mesh } from "../mesh/mesh.ts";
import type { OuterRates, OuterState } from "../mesh/averaging/outer/outer_optimiser.ts";
import { outerOptimisers } from "../mesh/averaging/outer/outer_optimisers.ts";
import { checkVectorInSlices, type Snapshot } from "../mesh/averaging/state.ts";
import { Handover } from "./_handover.ts";
import type { TrainerOpened } from "./trainer_api.ts";

/** What {@linkcode SharedWeights} begins with. */
export interface SharedWeightsOptions {
  averaging: Mesh["averaging"];
  /** Where the training begins. */
  opened: Pick<TrainerOpened, "vector" | "layoutDigest" | "layout" | "round" | "momentum" | "weight">;
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
  readonly #handover = new Handover();
  /** φ: what the round's training began with. */
  #start: Float32Array;
  /** Where that is of the averaging state. */
  #borrowed: Snapshot | undefined;
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
   * Adds what a round of training has made of the weights; `trained` is its own from then on.
   *
   * @param options.share whether a peer that answers nobody yet begins to.
   * @throws {UserError} if it is not finite.
   */
  async contribute(trained: Float32Array, round: number, { share = true } = {}): Promise<void> {
    const start = this.#start;
    const update = new Float32Array(trained.length);
    let isFinite = true;
    await inSlices(trained.length, (from, to) => {
      for (let i = from; i < to; i++) {
        update[i] = trained[i] - start[i];
        if (!Number.isFinite(trained[i])) isFinite = false;
      }
    });
    if (!isFinite) {
      throw new UserError("averaging: the trained weights must be finite; a lower learningRate may help", {
        where: `round ${round}`,
      });
    }
    if (!this.#isShared && !share) {
      this.#begins(trained);
      return;
    }
    if (!this.#isShared) {
      await checkVectorInSlices(start, start.length);
      this.#begin(start, round);
    }
    await this.#averaging.contribute(this.#outer.contribution(update), round);
  }

  /** Puts a member's weights in the place of this peer's own. */
  replace(vector: Float32Array, round: number): void {
    this.#begins(vector);
    this.#begin(vector, round);
  }

  /**
   * Ends a round: the outer optimiser's step, then the weights that the next round begins with, which hold until that
   * ends, the momentum, and where links are one-way what this site holds of all masses.
   */
  async finish(round: number): Promise<{ vector: Float32Array; momentum?: Float32Array; weight?: number }> {
    let weight: number | undefined;
    if (this.#isShared) {
      let mixed = this.#averaging.snapshot();
      const correction = this.#outer.correction(this.#start, mixed.vector);
      if (correction) {
        this.#averaging.giveBack(mixed);
        await this.#averaging.contribute(correction, round);
        mixed = this.#averaging.snapshot();
      }
      weight = mixed.weight;
      this.#begins(mixed.vector, mixed);
    }
    return { vector: await this.#handover.of(this.#start), momentum: this.#outer.momentum(), weight };
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

  /** The next round begins with `vector`. */
  #begins(vector: Float32Array, borrowed?: Snapshot): void {
    if (this.#borrowed) this.#averaging.giveBack(this.#borrowed);
    this.#borrowed = borrowed;
    this.#start = vector;
  }

  #begin(vector: Float32Array, round: number): void {
    const { layoutDigest, layout } = this.#opened;
    // other weights take nothing from what a site holds of all masses
    const weight = this.#isShared ? this.#averaging.state?.weight : this.#opened.weight;
    this.#isShared = true;
    this.#averaging.initialise(vector, { layout: layoutDigest, tensors: layout, mass: this.#mass, round, weight });
  }
}
