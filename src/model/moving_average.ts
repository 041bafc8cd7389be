/**
 * A network whose weights are the moving average of another's over its steps: it changes its mind less often than the
 * one that is trained, and is mostly right sooner.
 *
 * @example
 * ```ts
 * import { Rng } from "../core/rng.ts";
 * import { startEngine } from "../engine/mod.ts";
 * import { parseUNetConfig } from "./config.ts";
 * import { MovingAverage } from "./moving_average.ts";
 * import { UNet } from "./unet.ts";
 *
 * await startEngine({ engine: "cpu" });
 * const config = parseUNetConfig({ classes: 2, baseFilters: 4, levels: 2, norm: "instance", pool: [[2, 2, 2]] });
 * const trained = new UNet(config, new Rng(1));
 * const average = new MovingAverage(trained, { decay: 0.99 });
 * average.update(0); // after the first step
 * average.dispose();
 * trained.dispose();
 * ```
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { Rng } from "../core/rng.ts";
import type { NamedVector } from "../core/vectors.ts";
import type { Verdict } from "../engine/steps/verdict.ts";
import type { Variable } from "../engine/tensors.ts";
import type { NamedVariables } from "./layers.ts";
import { updateMomentum } from "./momentum.ts";
import { UNet } from "./unet.ts";
import { readWeights, writeWeights } from "./weights.ts";

/** What the names of the state begin with. */
const NETWORK = "network/", ADOPTED = "adopted/";

/**
 * The share that the average keeps of itself after `step`, from 0: it grows to `decay`, so that the weights of the
 * start are soon forgotten (tf.train.ExponentialMovingAverage's num_updates).
 */
export function decayAt(step: number, decay: number): number {
  return Math.min(decay, (1 + step) / (10 + step));
}

/** See the module. */
export class MovingAverage {
  /** Never trained; frees with the average. */
  readonly network: UNet;
  readonly #trained: UNet;
  readonly #decay: number;
  /** As it was when weights were adopted last; undefined where they never were. */
  #adopted: NamedVariables | undefined;
  /** The share of {@linkcode MovingAverage.#adopted} in the average; 1 before the first step after it. */
  #kept = 1;
  /** Steps that are not yet in {@linkcode MovingAverage.#kept}, since only a card knew what they came to. */
  readonly #open: { readonly verdict: Verdict; readonly decay: number }[] = [];

  /** Begins as what `trained` is now. */
  constructor(trained: UNet, { decay }: { decay: number }) {
    this.#trained = trained;
    this.#decay = decay;
    const { config, deepSupervision } = trained;
    this.network = new UNet(config, new Rng(0), { deepSupervision });
    updateMomentum(this.network.variables, trained.variables, 0);
  }

  /**
   * Takes the weights after `step`, from 0, into the average, where it moved them.
   *
   * @param verdict about the step. @default it moved them
   */
  update(step: number, verdict?: Verdict): void {
    const decay = Math.fround(decayAt(step, this.#decay));
    updateMomentum(this.network.variables, this.#trained.variables, decay, { verdict });
    if (verdict?.onCard) this.#open.push({ verdict, decay });
    else if (verdict?.moves !== false) this.#keep(decay);
  }

  /**
   * Takes note that the trained network has adopted others' weights: the average is from now on what it had been if it
   * had seen the weights that were adopted in the place of the steps that led to them. Where there were no steps, it is
   * what was adopted.
   */
  adopt(): void {
    this.#settle();
    const { variables } = this.network;
    if (!this.#adopted || this.#kept === 1) updateMomentum(variables, this.#trained.variables, 0);
    else {
      updateMomentum(this.#adopted, this.#trained.variables, this.#kept);
      updateMomentum(variables, this.#adopted, 0);
    }
    this.#remember();
  }

  /** All that decides how it goes on, for a checkpoint. */
  async state(): Promise<NamedVector[]> {
    this.#settle();
    const named = (prefix: string, vectors: NamedVector[]) =>
      vectors.map(({ name, ...vector }) => ({ name: prefix + name, ...vector }));
    return [
      ...named(NETWORK, await readWeights(this.network.variables)),
      ...(this.#adopted ? named(ADOPTED, await readWeights(this.#adopted)) : []),
      ...(this.#adopted ? [{ name: "kept", shape: [1], data: Float32Array.of(this.#kept) }] : []),
    ];
  }

  /** Restores what {@linkcode MovingAverage.state} gave. @throws {RangeError} if it is another network's. */
  setState(vectors: readonly NamedVector[]): void {
    const of = (prefix: string) =>
      vectors.filter(({ name }) => name.startsWith(prefix))
        .map(({ name, ...vector }) => ({ name: name.slice(prefix.length), ...vector }));
    writeWeights(this.network.variables, of(NETWORK));
    this.#open.length = 0;
    const kept = vectors.find(({ name }) => name === "kept")?.data[0];
    if (kept === undefined) return this.#forget();
    this.#remember();
    writeWeights(this.#adopted!, of(ADOPTED));
    this.#kept = kept;
  }

  #keep(decay: number): void {
    this.#kept = Math.fround(this.#kept * decay);
  }

  /** @throws {Error} if only the card knows of some steps whether they moved anything. */
  #settle(): void {
    for (const { verdict, decay } of this.#open.splice(0)) {
      if (verdict.onCard) throw new Error("a moving average: the steps must be settled before it is read or adopts");
      if (verdict.moves) this.#keep(decay);
    }
  }

  /** Frees the network. */
  dispose(): void {
    this.#forget();
    this.network.dispose();
  }

  /** Adopted is what the average is now. */
  #remember(): void {
    const { variables } = this.network;
    this.#adopted ??= new Map([...variables].map(([name, { shape }]) => [name, zerosOf(shape)]));
    updateMomentum(this.#adopted, variables, 0);
    this.#kept = 1;
  }

  #forget(): void {
    for (const variable of this.#adopted?.values() ?? []) variable.dispose();
    this.#adopted = undefined;
    this.#kept = 1;
  }
}

/** Never trained. */
function zerosOf(shape: number[]): Variable {
  return tf.tidy(() => tf.variable(tf.zeros(shape), false));
}
