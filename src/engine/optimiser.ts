/**
 * Adam with decoupled weight decay, whose state can be saved and whose step is one pass over memory on the wasm engine
 * (tfjs's own takes about ten ops a variable).
 *
 * @example
 * ```ts
 * import * as tf from "@tensorflow/tfjs";
 * import { AdamW, globalNorm } from "./optimiser.ts";
 *
 * const w = tf.variable(tf.zeros([8]));
 * const optimiser = new AdamW(new Map([["w", w]]), { learningRate: 1e-3, weightDecay: 1e-2 });
 * const { value, grads } = tf.variableGrads(() => tf.sum(tf.square(tf.sub(w, 1))), [w]);
 * const gradients = new Map([["w", grads[w.name]]]);
 * optimiser.apply(gradients, { scale: Math.min(1, 12 / await globalNorm(gradients)) }); // clips to norm 12
 * tf.dispose([value, grads]);
 * ```
 *
 * @module
 */

import * as tf from "@tensorflow/tfjs";
import { type NamedVector, sizeOf } from "../core/vectors.ts";
import { type AdamMoments, adamStep } from "./ops/adam.ts";
import { sumOfSquares } from "./ops/sum_of_squares.ts";
import { judgedAdamKernel, numbered } from "./steps/kernels.ts";
import { type Blended, blendWhereMoved, type Verdict } from "./steps/verdict.ts";
import type { Tensor, Variable } from "./tensors.ts";

/** A pull back to the weights that an optimiser began with: L2-SP (Li et al. 2018), decoupled as weight decay is. */
export interface Pull {
  /** Each step takes learningRate * strength of the way back, at most all of it. */
  strength: number;
  /** The variables that are pulled, by name; others of no account. */
  names: ReadonlySet<string>;
}

/** Options of {@linkcode AdamW}. */
export interface AdamWOptions {
  /** The rate of steps that are not given their own. @default 1e-3 */
  learningRate?: number;
  /** Decay of the mean of gradients. @default 0.9 */
  beta1?: number;
  /** Decay of the mean of squared gradients. @default 0.999 */
  beta2?: number;
  /** Added to the root of the second moment. @default 1e-8 */
  epsilon?: number;
  /** Each step takes learningRate * weightDecay of the weights away. @default 0 */
  weightDecay?: number;
  /** The share of the rate at which the variable of a name moves. @default 1 for all */
  shareOf?: (name: string) => number;
  /** What is pulled back to the values that it has when the optimiser is made. @default nothing */
  pull?: Pull;
}

/** Options of {@linkcode AdamW.apply}. */
export interface ApplyOptions {
  /** Rate of this step; it may be one that depends on the steps made before. @default the optimiser's */
  learningRate?: number | ((steps: number) => number);
  /** Multiplies the gradients, to clip them. @default the verdict's, 1 without one */
  scale?: number;
  /** Whether the step moves the variables, and how far its gradients are clipped. @default it moves them */
  verdict?: Verdict;
}

/** Adam (Kingma and Ba 2015, algorithm 1) with decoupled weight decay (Loshchilov and Hutter 2019, algorithm 2). */
export class AdamW {
  /** May be changed between steps. */
  learningRate: number;
  readonly #variables: ReadonlyMap<string, Variable>;
  readonly #options: Required<Omit<AdamWOptions, "pull">>;
  readonly #strength: number;
  /** What is pulled where. */
  readonly #starts: ReadonlyMap<string, Tensor>;
  readonly #moments = new Map<string, AdamMoments>();
  /** Steps made, but for those that only a card knows of. */
  #steps = 0;
  /** About the steps that only a card knew of when they were made. */
  readonly #verdicts: Verdict[] = [];

  /**
   * An optimiser that has made no step.
   *
   * @param variables what it moves, by the names under which its state is saved.
   */
  constructor(variables: ReadonlyMap<string, Variable>, options: AdamWOptions = {}) {
    const { learningRate = 1e-3, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0 } = options;
    const { shareOf = () => 1, pull } = options;
    this.#variables = new Map(variables);
    this.#options = Object.freeze({ learningRate, beta1, beta2, epsilon, weightDecay, shareOf });
    this.#strength = pull?.strength ?? 0;
    const pulled = this.#strength > 0 ? [...variables].filter(([name]) => pull!.names.has(name)) : [];
    this.#starts = new Map(pulled.map(([name, variable]) => [name, tf.keep(tf.clone(variable))])); // the same memory
    this.learningRate = learningRate;
  }

  /** Steps made; those of which only a card knows whether they moved anything are among them. */
  get steps(): number {
    while (this.#verdicts.length > 0 && !this.#verdicts[0].onCard) if (this.#verdicts.shift()!.moves) this.#steps++;
    return this.#steps + this.#verdicts.length;
  }

  /**
   * One step. The gradients stay the caller's.
   *
   * @param gradients by the variables' names; a variable without one does not move.
   * @throws {RangeError} if a gradient names no variable or has another shape; nothing has moved then.
   */
  apply(gradients: ReadonlyMap<string, Tensor>, options: ApplyOptions = {}): void {
    const { learningRate = this.learningRate, verdict } = options;
    for (const [name, { shape }] of gradients) {
      const expected = this.#variables.get(name)?.shape;
      if (!expected) throw new RangeError(`AdamW: there must be a variable for the gradient "${name}"`);
      if (expected.join() !== shape.join()) {
        throw new RangeError(`AdamW: the gradient of "${name}" must be [${expected}], got [${shape}]`);
      }
    }
    const steps = this.steps;
    const rateAfter = typeof learningRate === "number" ? () => learningRate : learningRate;
    if (verdict?.onCard) return this.#applyOnCard(gradients, steps, { rateAfter, verdict });
    if (verdict?.moves === false) return;
    const { scale = verdict?.scale ?? 1 } = options;
    this.#steps = steps + 1;
    const { beta1, beta2, shareOf } = this.#options;
    for (const [name, gradient] of gradients) {
      const variable = this.#variables.get(name)!, start = this.#starts.get(name);
      const { rate, epsilon, decay } = this.#paceOf(steps, rateAfter(steps) * shareOf(name));
      adamStep(variable, gradient, this.#momentsOf(name), { scale, beta1, beta2, rate, epsilon, keep: 1 - decay });
      if (start) this.#pullBack([[variable, start]], () => rateAfter(steps) * shareOf(name));
    }
  }

  /**
   * The step where only the card knows what it and those before it came to: it takes the rates from a table by the
   * number of those that were skipped.
   */
  #applyOnCard(
    gradients: ReadonlyMap<string, Tensor>,
    steps: number,
    { rateAfter, verdict }: { rateAfter: (steps: number) => number; verdict: Verdict },
  ): void {
    const { tensor, unknown } = verdict.onCard!, { beta1, beta2, shareOf } = this.#options;
    if (unknown !== this.#verdicts.length) {
      throw new RangeError(`AdamW: it must have made all ${unknown} steps not known yet, got ${this.#verdicts.length}`);
    }
    this.#verdicts.push(verdict);
    const names = [...gradients.keys()], variables = names.map((name) => this.#variables.get(name)!);
    if (names.length === 0) return;
    const moments = names.map((name) => this.#momentsOf(name));
    tf.tidy(() => {
      const paces = Array.from({ length: unknown + 1 }, (_, skipped) => {
        const { rate, epsilon, decay } = this.#paceOf(steps - skipped, rateAfter(steps - skipped));
        return [rate, epsilon, decay];
      });
      const inputs = {
        ...{ verdict: tensor, paces: tf.tensor2d(paces) }, // [unknown + 1, 3]
        ...numbered("weights", variables),
        ...numbered("gradient", [...gradients.values()]),
        ...numbered("first", moments.map(({ first }) => first)),
        ...numbered("second", moments.map(({ second }) => second)),
      };
      judgedAdamKernel.run(inputs, { count: names.length, beta1, beta2, shares: names.map(shareOf) })
        .forEach((moved, index) => variables[index].assign(moved));
    });
    const pulled = names.filter((name) => this.#starts.has(name));
    for (const [share, alike] of Map.groupBy(pulled, shareOf)) {
      const pairs = alike.map((name): Blended => [this.#variables.get(name)!, this.#starts.get(name)!]);
      this.#pullBack(pairs, (skipped) => rateAfter(steps - skipped) * share, verdict);
    }
  }

  /** Of the step after `steps`, at a rate: with the bias corrections, and what weight decay takes of the weights. */
  #paceOf(steps: number, learningRate: number): { rate: number; epsilon: number; decay: number } {
    const { beta1, beta2, epsilon, weightDecay } = this.#options;
    const correction = Math.sqrt(1 - beta2 ** (steps + 1));
    return {
      rate: learningRate * correction / (1 - beta1 ** (steps + 1)),
      epsilon: epsilon * correction,
      decay: learningRate * weightDecay,
    };
  }

  /** Takes variables the way back to their starts that a step goes. */
  #pullBack(pairs: readonly Blended[], rate: (skipped: number) => number, verdict?: Verdict): void {
    blendWhereMoved(pairs, (skipped) => Math.max(0, 1 - rate(skipped) * this.#strength), verdict);
  }

  /**
   * The state: the step count, and both moments of every variable that has moved.
   *
   * @throws {Error} if only the card knows of some steps whether they moved anything.
   */
  async read(): Promise<NamedVector[]> {
    const { steps } = this;
    if (this.#verdicts.length > 0) throw new Error("AdamW: the steps must be settled before the state is read");
    const vectors: NamedVector[] = [{ name: "adam/steps", shape: [1], data: Float32Array.of(steps) }];
    for (const [name, { first, second }] of this.#moments) {
      for (const [kind, moment] of Object.entries({ first, second })) {
        const data = new Float32Array(await moment.data<"float32">());
        vectors.push({ name: `adam/${kind}/${name}`, shape: [...moment.shape], data });
      }
    }
    return vectors;
  }

  /**
   * Restores what {@linkcode AdamW.read} gave.
   *
   * @throws {RangeError} if the state is not one of these variables; nothing has changed then.
   */
  write(vectors: readonly NamedVector[]): void {
    const state = new Map(vectors.map((vector) => [vector.name, vector]));
    const steps = state.get("adam/steps")?.data[0];
    if (steps === undefined || !Number.isInteger(steps) || steps < 0) {
      throw new RangeError(`AdamW: the state must hold adam/steps, a whole number, got ${steps}`);
    }
    state.delete("adam/steps");
    const restored = new Map<string, Float32Array[]>();
    for (const [name, { shape }] of this.#variables) {
      const pair = ["first", "second"].map((kind) => state.get(`adam/${kind}/${name}`));
      if (pair.every((vector) => vector === undefined)) continue;
      const data = pair.map((vector) => {
        if (vector?.shape.join() !== shape.join() || vector.data.length !== sizeOf(shape)) {
          throw new RangeError(`AdamW: the state of "${name}" must be two moments of shape [${shape}]`);
        }
        state.delete(vector.name);
        return vector.data;
      });
      restored.set(name, data);
    }
    if (state.size > 0) throw new RangeError(`AdamW: the state names no variable: ${[...state.keys()].join(", ")}`);
    this.#forget();
    this.#steps = steps;
    for (const [name, [first, second]] of restored) {
      const { shape } = this.#variables.get(name)!;
      this.#moments.set(name, { first: ownVariable(first.slice(), shape), second: ownVariable(second.slice(), shape) });
    }
  }

  /** Frees the state, and what is pulled to; the variables stay, and no step may follow. */
  dispose(): void {
    this.#forget();
    tf.dispose([...this.#starts.values()]);
  }

  #forget(): void {
    for (const moments of this.#moments.values()) tf.dispose([moments.first, moments.second]);
    this.#moments.clear();
    this.#verdicts.length = 0;
    this.#steps = 0;
  }

  #momentsOf(name: string): AdamMoments {
    let moments = this.#moments.get(name);
    if (!moments) {
      const { shape } = this.#variables.get(name)!;
      const zeros = () => ownVariable(new Float32Array(sizeOf(shape)), shape);
      moments = { first: zeros(), second: zeros() };
      this.#moments.set(name, moments);
    }
    return moments;
  }
}

/**
 * The Euclidean norm over all gradients: for clipping, and not finite as soon as one value is not.
 */
export async function globalNorm(gradients: ReadonlyMap<string, Tensor>): Promise<number> {
  const total = tf.tidy(() => {
    const parts = [...gradients.values()].map(sumOfSquares);
    return parts.length === 0 ? tf.scalar(0) : tf.addN(parts);
  });
  const [squares] = await total.data<"float32">();
  total.dispose();
  return Math.sqrt(squares);
}

/** A variable that shares its memory with no other tensor, so that a kernel may write into it. */
function ownVariable(values: Float32Array, shape: readonly number[]): Variable {
  return tf.tidy(() => tf.variable(tf.tensor(values, [...shape], "float32"), false));
}
