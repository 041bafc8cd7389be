/**
 * Self-centred clipping (He, Karimireddy, Jaggi 2022, "Byzantine-robust decentralized learning via ClippedGossip"):
 * x ← x + Σ w_j·clip(x_j − x, τ), clip(z, τ) = min(1, τ / ‖z‖)·z. Whoever is far away moves a peer by w_j·τ at most.
 *
 * Their τ needs the number of attackers and the honest peers' variance, which nobody knows here. This one is the lower
 * quartile of the distances of this round or, where there are fewer than eight, of the latest sixteen meetings: as long
 * as fewer than three quarters of these were with liars, it is no larger than an honest distance. With fewer than eight
 * in all a peer only listens, since a lone vector cannot be judged. Masses are claims that cannot be checked, so they
 * do not count.
 *
 * @module
 */
import { type AggregationRule, approach, copying, distancesFrom } from "./rule.ts";

/** How many distances are remembered. */
const MEETINGS = 16;
/** Fewer distances say nothing. */
const ENOUGH = 8;

function lowerQuartile(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 4)];
}

/** Clips differences to one's own vector. */
export const selfCentredClipping: AggregationRule = {
  name: "self-centred-clipping",
  linear: false,
  neighbours: 1,
  open() {
    let met: number[] = [];
    return {
      *combine(own, received) {
        const distances = yield* distancesFrom(own.vector, received);
        met = [...met, ...distances].slice(-MEETINGS);
        const known = distances.length < ENOUGH ? met : distances;
        if (known.length < ENOUGH) return { vector: own.vector, refused: [] };
        const radius = lowerQuartile(known);
        const vector = yield* copying(own.vector);
        for (const [k, { vector: other, weight }] of received.entries()) {
          const share = weight * (distances[k] > radius ? radius / distances[k] : 1);
          yield* approach(vector, { own: own.vector, other, share });
        }
        return { vector, refused: [] };
      },
    };
  },
};
