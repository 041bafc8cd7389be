/**
 * The mean, weighted by topology and mass: x_i ← x_i + Σ_j 2·w_ij·m_j / (m_i + m_j)·(x_j − x_i).
 *
 * With symmetric weights what i gains of m·x, j loses, so Σ m·x is kept, and the limit is the mass-weighted mean. For
 * equal masses it is W itself; for two peers with weights 1/2 it is the exchange of `state.ts`. It is stable for any
 * masses: since m_i·m_j / (m_i + m_j)·(x_i − x_j)² ≤ m_i·x_i² + m_j·x_j², its eigenvalues lie between 2·min(w_ii) − 1
 * and 1. Finite-time topologies are exact for equal masses only; push-sum makes them exact for any. It believes
 * everybody.
 *
 * @module
 */
import { type AggregationRule, approach, copying } from "./rule.ts";

const shareOf = (ownMass: number, { mass, weight }: { mass: number; weight: number }) =>
  2 * weight * mass / (ownMass + mass);

/** The weighted mean. */
export const mean: AggregationRule = {
  name: "mean",
  linear: true,
  share: shareOf,
  neighbours: 1,
  open: () => ({
    *combine(own, received) {
      const vector = yield* copying(own.vector);
      for (const { vector: other, ...rest } of received) {
        yield* approach(vector, { own: own.vector, other, share: shareOf(own.mass, rest) });
      }
      return { vector, refused: [] };
    },
  }),
};
