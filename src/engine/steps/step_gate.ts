/**
 * Decides which training steps move the weights: those whose loss and gradients are finite. On a card the steps are
 * judged there, and what came of them is read once in a while, since the wait for a reading is as long as some hundred
 * kernels take.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import * as tf from "@tensorflow/tfjs";
 * import { startEngine } from "../engine.ts";
 * import { AdamW } from "../optimiser.ts";
 * import { StepGate } from "./step_gate.ts";
 *
 * await startEngine({ engine: "cpu" });
 * const w = tf.variable(tf.ones([8]));
 * const optimiser = new AdamW(new Map([["w", w]]), { learningRate: 1e-3 });
 * const gate = new StepGate({ clipNorm: 12 });
 * const { value, grads } = tf.variableGrads(() => tf.sum(tf.square(w)), [w]);
 * const gradients = new Map([["w", grads[w.name]]]);
 * optimiser.apply(gradients, { verdict: await gate.judge(value, gradients) });
 * tf.dispose([value, grads]);
 * if (gate.isDue) assertEquals((await gate.settle()).map(({ loss }) => loss), [8]);
 * gate.dispose();
 * ```
 *
 * @module
 */

import * as tf from "@tensorflow/tfjs";
import { globalNorm } from "../optimiser.ts";
import type { Scalar, Tensor } from "../tensors.ts";
import { judgeKernel, numbered, squaresKernel } from "./kernels.ts";
import { type JudgedStep, Verdict } from "./verdict.ts";

/** Steps between two readings, at most: work that is queued on a card is bounded by them. */
const MOST_STEPS = 16;

/** How long the steps between two readings may take together, where there are several; seconds. */
const LONGEST = 1;

/** Options of {@linkcode StepGate}. */
export interface StepGateOptions {
  /** Gradients are scaled down to this norm. */
  clipNorm: number;
  /** Steps between two readings on a card, up to 16. @default as many as take a second */
  every?: number;
}

/** See the module. */
export class StepGate {
  readonly #clipNorm: number;
  readonly #every: number | undefined;
  /** Those since the last reading. */
  readonly #verdicts: Verdict[] = [];
  /** On a card: losses and norms of the steps since the last reading, [slots, 2]. */
  #seen: Tensor | undefined;
  /** On a card: about the step that was judged last, see `judgeKernel`. */
  #verdict: Tensor | undefined;
  #steps: number;
  #since = performance.now();

  /** @throws {RangeError} if `every` is not from 1 to 16. */
  constructor({ clipNorm, every }: StepGateOptions) {
    if (every !== undefined && !(Number.isInteger(every) && every >= 1 && every <= MOST_STEPS)) {
      throw new RangeError(`judging steps: there must be 1 to ${MOST_STEPS} between two readings, got ${every}`);
    }
    this.#clipNorm = clipNorm;
    this.#every = every;
    this.#steps = every ?? 1;
  }

  /**
   * What is decided about a step. It holds for what is done to the variables before the next step is judged.
   *
   * @param gradients by the variables' names.
   * @throws {Error} if the step is one more than can be judged before {@linkcode StepGate.settle}.
   */
  async judge(loss: Scalar, gradients: ReadonlyMap<string, Tensor>): Promise<Verdict> {
    const verdict = judgeKernel.isAvailable ? this.#judgeOnCard(loss, gradients) : await this.#judge(loss, gradients);
    this.#verdicts.push(verdict);
    return verdict;
  }

  /** Whether it is time to settle: where steps are known at once, after each. */
  get isDue(): boolean {
    return this.#verdicts.length >= this.#steps || this.#verdicts.at(-1)?.onCard === undefined;
  }

  /** Waits for the steps since it was done last, and makes them known. @returns them, in their order. */
  async settle(): Promise<JudgedStep[]> {
    const count = this.#verdicts.length;
    if (count === 0) return [];
    if (this.#verdicts.some(({ onCard }) => onCard)) {
      const values = await this.#seen!.data<"float32">(); // [slots, 2]
      this.#verdicts.forEach((verdict, slot) => verdict.tell({ loss: values[2 * slot], norm: values[2 * slot + 1] }));
      const now = performance.now(), each = (now - this.#since) / count;
      this.#steps = this.#every ?? Math.max(1, Math.min(MOST_STEPS, Math.floor(1000 * LONGEST / each)));
      this.#since = now;
    }
    return this.#verdicts.splice(0).map(({ step }) => step!);
  }

  /** Frees what is on a card. */
  dispose(): void {
    tf.dispose([this.#seen, this.#verdict].filter((tensor) => tensor !== undefined));
  }

  /** The loss is waited for together with the norm. */
  async #judge(loss: Scalar, gradients: ReadonlyMap<string, Tensor>): Promise<Verdict> {
    // the norm first: all that a device has to do is handed over before the first of the two is waited for
    const [norm, [value]] = await Promise.all([globalNorm(gradients), loss.data()]);
    return new Verdict({ step: { loss: value, norm } }, this.#clipNorm);
  }

  #judgeOnCard(loss: Scalar, gradients: ReadonlyMap<string, Tensor>): Verdict {
    const slot = this.#verdicts.length;
    if (slot === MOST_STEPS) throw new Error(`judging steps: ${slot} must be settled before the next one`);
    const seen = this.#seen ??= tf.keep(tf.zeros([MOST_STEPS, 2]));
    const all = [...gradients.values()];
    this.#verdict?.dispose();
    const tensor = this.#verdict = tf.tidy(() => {
      const [squares] = all.length === 0
        ? [tf.zeros([1])]
        : squaresKernel.run(numbered("gradient", all), { count: all.length });
      return tf.keep(judgeKernel.run({ loss, squares, seen }, { slot, clipNorm: this.#clipNorm })[0]);
    });
    return new Verdict({ tensor, unknown: slot }, this.#clipNorm);
  }
}
