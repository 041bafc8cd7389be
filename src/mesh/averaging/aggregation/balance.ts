/**
 * BALANCE (Fang, Zhang, Hairi, Khanduri, Liu, Lu, Liu, Gong 2024, "Byzantine-robust decentralized federated learning"):
 * a vector is accepted if ‖x − x_j‖ ≤ γ·exp(−κ·t / T)·‖x‖, and x ← α·x + (1 − α)·(mean of those accepted). One's own
 * vector is the reference, and it is trusted more as the run goes on. Masses and the topology's weights do not count.
 *
 * @module
 */
import { type AggregationRule, approach, copying, distancesFrom, measuring } from "./rule.ts";

const GAMMA = 0.3;
const KAPPA = 1;
const ALPHA = 0.5;

/** Accepts by distance to one's own vector. */
export const balance: AggregationRule = {
  name: "balance",
  linear: false,
  neighbours: 1,
  open: () => ({
    *combine(own, received, { round, rounds }) {
      const norm = yield* measuring(own.vector);
      const limit = GAMMA * Math.exp(-KAPPA * round / rounds) * norm;
      const distances = yield* distancesFrom(own.vector, received);
      const accepted = received.filter((_, k) => distances[k] <= limit);
      const refused = received.flatMap(({ peer }, k) =>
        distances[k] <= limit ? [] : [{
          peer,
          reason: `a vector must be within ${limit.toPrecision(3)} of one's own, got ${distances[k].toPrecision(3)}`,
        }]
      );
      if (accepted.length === 0) return { vector: own.vector, refused };
      const vector = yield* copying(own.vector);
      const share = (1 - ALPHA) / accepted.length;
      for (const { vector: other } of accepted) yield* approach(vector, { own: own.vector, other, share });
      return { vector, refused };
    },
  }),
};
