/**
 * What a peer keeps whose weights only a sum may see: its own vector, and the latest sum, which is all that others are
 * shown of it.
 *
 * @module
 */
import { Moves } from "../judging/moves.ts";
import { checkMass, checkVector, type Snapshot, type State, type StateOptions } from "../state.ts";

/** The state of one peer that takes part in sums. */
export class SecureState implements State {
  readonly layout: string;
  readonly mass: number;
  readonly #vector: Float32Array<ArrayBuffer>;
  readonly #moves = new Moves();
  #round: number;
  #mean: { vector: Float32Array<ArrayBuffer>; round: number } | undefined;

  /** @throws {RangeError} if the mass is not positive or the vector is empty or not finite. */
  constructor(vector: Float32Array, { layout, mass, round }: StateOptions) {
    checkMass(mass);
    checkVector(vector, vector.length);
    this.layout = layout;
    this.mass = mass;
    this.#round = round;
    this.#vector = new Float32Array(vector);
  }

  get length(): number {
    return this.#vector.length;
  }

  get round(): number {
    return this.#round;
  }

  /** The longest of the latest contributions; 0 where there was none. */
  get moved(): number {
    return this.#moves.longest;
  }

  snapshot(): Snapshot {
    return { vector: this.#vector.slice(), mass: this.mass, round: this.#round };
  }

  /** The latest sum that this peer was in: its own vector is nobody else's. */
  shown(): Snapshot | undefined {
    return this.#mean && { vector: this.#mean.vector.slice(), mass: this.mass, round: this.#mean.round };
  }

  contribute(update: Float32Array, round: number): void {
    this.#add(update);
    this.#moves.add(update);
    this.#round = Math.max(this.#round, round);
  }

  /**
   * Takes the mean that `own` went into: what was contributed since is kept.
   *
   * @throws {RangeError} if it has another length or is not finite; the state stays as it was.
   */
  take(mean: Float32Array<ArrayBuffer>, own: Snapshot): void {
    const difference = new Float32Array(mean.length); // a loop, since `map` takes several times as long
    for (let i = 0; i < mean.length; i++) difference[i] = mean[i] - own.vector[i];
    this.#add(difference);
    this.#mean = { vector: mean, round: own.round };
  }

  #add(difference: Float32Array): void {
    checkVector(difference, this.#vector.length);
    for (let i = 0; i < difference.length; i++) this.#vector[i] += difference[i];
  }
}
