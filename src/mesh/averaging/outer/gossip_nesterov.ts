/**
 * Outer momentum without all-reduce, after NoLoCo (Kolehmainen, Blagoev, Donaghy, Ersoy, Nies 2025, "NoLoCo:
 * no-all-reduce low communication training method for large models", arXiv 2506.10911): each peer keeps a velocity of
 * its own, and a term draws its weights to those of whom it mixed with,
 *
 *   δ ← α·δ + β·mean(Δ) − γ·(φ − mean(φ)),   φ ← φ + δ,
 *
 * the means over the partners of this exchange and itself. Implemented here with γ = 1: then δ = α·δ + (mean(φ + β·Δ) −
 * φ), so the one vector φ + β·Δ is exchanged where γ ≠ 1 would need two. α = 0.5 and β = 0.7 are this file's choice.
 * Where two peers differ by d the recursion without updates is d ← d + δ, δ ← α·δ − d, whose characteristic roots z² −
 * α·z + α = 0 have modulus √α: they come together.
 *
 * @module
 */
import { Momentum } from "./_momentum.ts";
import type { OuterOptimiser } from "./outer_optimiser.ts";

const RATES = Object.freeze({ learningRate: 0.7, momentum: 0.5 });

/** For any topology. */
export const gossipNesterov: OuterOptimiser = {
  name: "gossip-nesterov",
  needsExactMean: false,
  rates: RATES,
  open(values, { learningRate = RATES.learningRate, momentum = RATES.momentum } = {}) {
    const velocity = new Momentum(values);
    return {
      contribution: (update) => update.map((value) => learningRate * value),
      correction(start, mixed) {
        const { values: delta } = velocity;
        return mixed.map((value, i) => {
          const carried = momentum * delta[i];
          delta[i] = carried + value - start[i];
          return carried;
        });
      },
      momentum: () => velocity.values.slice(),
      restore: (saved) => velocity.restore(saved),
    };
  },
};
