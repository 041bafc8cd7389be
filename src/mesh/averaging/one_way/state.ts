/**
 * Push-sum as what a peer keeps: {@linkcode PushSumState} with a layout and a round.
 *
 * @module
 */
import { Moves } from "../judging/moves.ts";
import { PushSumState, type Share } from "./push_sum.ts";
import type { Snapshot, State, StateOptions } from "../state.ts";

/** The state of one peer over one-way links. */
export class OneWayState implements State {
  readonly layout: string;
  readonly #sum: PushSumState;
  readonly #moves = new Moves();
  #round: number;

  /** @throws {RangeError} if mass or weight is not positive or the vector is empty or not finite. */
  constructor(vector: Float32Array, { layout, round, ...held }: StateOptions) {
    this.layout = layout;
    this.#sum = new PushSumState(vector, held);
    this.#round = round;
  }

  get mass(): number {
    return this.#sum.mass;
  }

  get length(): number {
    return this.#sum.length;
  }

  get round(): number {
    return this.#round;
  }

  /** w: what this peer holds of all masses now. */
  get weight(): number {
    return this.#sum.weight;
  }

  /** See {@linkcode PushSumState.spare}. */
  get spare(): number {
    return this.#sum.spare;
  }

  /** See {@linkcode PushSumState.renew}. */
  renew(): void {
    this.#sum.renew();
  }

  /** See {@linkcode PushSumState.holdAtMost}. */
  holdAtMost(most: number): void {
    this.#sum.holdAtMost(most);
  }

  snapshot(): Snapshot {
    return { vector: this.#sum.estimate(), mass: this.mass, round: this.#round, weight: this.weight };
  }

  shown(): Snapshot {
    return this.snapshot();
  }

  /** The longest of the latest contributions; 0 where there was none. */
  get moved(): number {
    return this.#moves.longest;
  }

  contribute(update: Float32Array, round: number): void {
    this.#sum.contribute(update);
    this.#moves.add(update);
    this.#round = Math.max(this.#round, round);
  }

  /** Takes `part` out, to be sent; see {@linkcode PushSumState.push}. */
  push(part: number, transmitted?: Parameters<PushSumState["push"]>[1]): Share {
    return this.#sum.push(part, transmitted);
  }

  /** Adds a share that arrived, or one's own that did not. @throws {RangeError} if it is not acceptable. */
  receive(share: Share): void {
    this.#sum.receive(share);
  }
}
