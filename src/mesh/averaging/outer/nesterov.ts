/**
 * DiLoCo (Douillard et al. 2023, "DiLoCo: distributed low-communication training of language models", Algorithm 1): the
 * mean over all peers of φ − θ is the gradient of an outer SGD with Nesterov momentum, v ← μ·v + Δ̄, φ ← φ + η·(Δ̄ +
 * μ·v), with μ = 0.9 and η = 0.7 as there.
 *
 * @module
 */
import { Momentum } from "./_momentum.ts";
import type { OuterOptimiser } from "./outer_optimiser.ts";

const RATES = Object.freeze({ learningRate: 0.7, momentum: 0.9 });

/** All peers must have the same φ and Δ̄, or their momenta drive them apart. */
export const nesterov: OuterOptimiser = {
  name: "nesterov",
  needsExactMean: true,
  rates: RATES,
  open(values, { learningRate = RATES.learningRate, momentum = RATES.momentum } = {}) {
    const velocity = new Momentum(values);
    return {
      contribution: (update) => update,
      correction(start, mixed) {
        const { values: v } = velocity;
        return mixed.map((value, i) => {
          const change = value - start[i]; // Δ̄
          v[i] = momentum * v[i] + change;
          return learningRate * (change + momentum * v[i]) - change;
        });
      },
      momentum: () => velocity.values.slice(),
      restore: (saved) => velocity.restore(saved),
    };
  },
};
