/**
 * What was decided about a training step: whether it moves the weights, and how far its gradients are clipped. On a card
 * that is decided there and known here later only, so that no step waits for it.
 *
 * @module
 */

import * as tf from "@tensorflow/tfjs";
import type { Tensor, Variable } from "../tensors.ts";
import { blend } from "../ops/blend.ts";
import { judgedBlendKernel, numbered } from "./kernels.ts";

/** What decides about a step. */
export interface JudgedStep {
  /** May be NaN or infinite. */
  readonly loss: number;
  /** Of all gradients together; may be NaN or infinite. */
  readonly norm: number;
}

/** Whether a step may move the weights. */
export function isFiniteStep({ loss, norm }: JudgedStep): boolean {
  return Number.isFinite(loss) && Number.isFinite(norm);
}

/** A verdict on a card. */
export interface JudgedOnCard {
  /** As `judgeKernel` has it; gone when the next step is judged. */
  readonly tensor: Tensor;
  /** Steps before this one that only the card knows of, too. */
  readonly unknown: number;
}

/** What is to be known of a verdict by what follows a step. */
export interface Decision {
  /** Whether the step moves the weights; taken for granted while only the card knows. */
  readonly moves: boolean;
  /** Where only the card knows. */
  readonly onCard?: JudgedOnCard;
}

/** See the module. */
export class Verdict implements Decision {
  readonly #clipNorm: number;
  readonly #judged: JudgedOnCard | undefined;
  #step: JudgedStep | undefined;

  /** About a step that is known, or one that the card has judged. */
  constructor(about: { step: JudgedStep } | JudgedOnCard, clipNorm: number) {
    if ("step" in about) this.#step = about.step;
    else this.#judged = about;
    this.#clipNorm = clipNorm;
  }

  /** Where only the card knows: undefined once it is known here. */
  get onCard(): JudgedOnCard | undefined {
    return this.#step ? undefined : this.#judged;
  }

  /** What was decided about; undefined while only the card knows. */
  get step(): JudgedStep | undefined {
    return this.#step;
  }

  /** Whether the step moves the weights; taken for granted while only the card knows. */
  get moves(): boolean {
    return this.#step === undefined || isFiniteStep(this.#step);
  }

  /** What the gradients are multiplied by. @throws {Error} while only the card knows. */
  get scale(): number {
    if (!this.#step) throw new Error("the verdict about a step: its scale is known to the card alone so far");
    return Math.min(1, this.#clipNorm / this.#step.norm);
  }

  /** Makes it known. */
  tell(step: JudgedStep): void {
    this.#step = step;
  }
}

/** A variable, and what it is blended with. */
export type Blended = readonly [slow: Variable, fast: Tensor];

/**
 * slow <- share * slow + (1 - share) * fast, where the step moves the weights.
 *
 * @param share from 0 to 1, by how many of the steps that only the card knows of were skipped; 0 where all are known.
 * @param verdict about the step. @default it moves them
 */
export function blendWhereMoved(
  pairs: readonly Blended[],
  share: (skipped: number) => number,
  verdict?: Decision,
): void {
  if (pairs.length === 0 || verdict?.moves === false) return;
  tf.tidy(() => {
    if (!verdict?.onCard) {
      for (const [slow, fast] of pairs) slow.assign(blend(slow, fast, share(0)));
      return;
    }
    const { tensor, unknown } = verdict.onCard;
    const shares = tf.tensor1d(Array.from({ length: unknown + 1 }, (_, skipped) => share(skipped)));
    const [slow, fast] = [pairs.map(([slow]) => slow), pairs.map(([, fast]) => fast)];
    const inputs = { verdict: tensor, shares, ...numbered("a", slow), ...numbered("b", fast) };
    judgedBlendKernel.run(inputs, { count: pairs.length }).forEach((moved, index) => slow[index].assign(moved));
  });
}
