/**
 * Eight real trainers that take turns on one engine, and the vectors between them, in virtual time.
 *
 * A round is what it is in `src/peer/peer.ts`: train, release features, exchange vectors, combine, adopt. Here
 * everybody meets everybody in each round (the topology `complete`), nothing is lost on the way, and instead of the
 * liars' training stands the attack, which knows the honest vectors of the round. Liars release no features.
 *
 * @module
 */
import { aggregate, type Aggregator, type Received } from "../../src/mesh/averaging/aggregation/rule.ts";
import { aggregationRules } from "../../src/mesh/averaging/aggregation/rules.ts";
import { Attack } from "../../src/mesh/averaging/simulation/attacks.ts";
import { consensusDistance } from "../../src/mesh/heads/sketch.ts";
import { complete } from "../../src/mesh/averaging/topologies/complete.ts";
import type { Trainer } from "../../src/peer/trainer.ts";
import type { RemoteFeatures } from "../../src/core/features.ts";
import type { TrainerOpened } from "../../src/peer/trainer_api.ts";
import { LIARS, type Run, SITES } from "./_study.ts";

/** A site that trains. */
interface Site {
  readonly index: number;
  readonly trainer: Trainer;
  readonly mass: number;
  readonly aggregator: Aggregator;
  vector: Float32Array;
}

/** What came of the pre-training. */
export interface Pretrained {
  consensus: number;
  refused: { liars: number; honest: number };
}

const nameOf = (index: number) => `site-${index + 1}`;

/** Which sites are the liars of a seed, whether they lie or not: the attack draws them. */
export function makeAttack({ behaviour, seed }: Pick<Run, "behaviour" | "seed">): Attack {
  const name = behaviour === "noise" ? behaviour : "sign-flip";
  return new Attack({ name, seed, peers: SITES, byzantine: LIARS });
}

/** Pre-trains all that are honest in this run; their trainers hold the last vectors afterwards. */
export async function pretrain(
  run: Run,
  trainers: ReadonlyMap<number, { trainer: Trainer; opened: TrainerOpened }>,
): Promise<Pretrained> {
  const { rule, behaviour, rounds } = run;
  const attack = makeAttack(run);
  const isAttacked = behaviour === "sign-flip" || behaviour === "noise";
  const sites = [...trainers].map(([index, { trainer, opened }]): Site => {
    const { vector, cases } = opened;
    return { index, trainer, vector, mass: cases.training, aggregator: aggregationRules.named(rule).open() };
  });
  const mass = sites.reduce((sum, site) => sum + site.mass, 0) / sites.length;
  const refused = { liars: 0, honest: 0 };
  let features: RemoteFeatures[] = [];
  for (let round = 1; round <= rounds; round++) {
    const released: RemoteFeatures[] = [];
    for (const site of sites) {
      const others = features.filter(({ peer }) => peer !== nameOf(site.index));
      const { vector, release } = await site.trainer.round(round, others, () => {});
      site.vector = vector;
      released.push({ peer: nameOf(site.index), round, ...release });
    }
    features = released;
    const sent = new Map(sites.map(({ index, vector, mass }) => [index, { vector, mass }]));
    if (isAttacked) {
      attack.observe((peer) => (sent.get(peer) ?? sent.get(attack.honest[0])!).vector, round);
      for (let index = 0; index < SITES; index++) {
        const lie = attack.message(index);
        if (lie) sent.set(index, { vector: lie, mass });
      }
    }
    const present = [...sent.keys()].sort((a, b) => a - b);
    const plan = complete.plan(present.length, { round: round - 1 });
    for (const site of sites) {
      const { partners, weights } = plan[present.indexOf(site.index)];
      const received = partners.map((partner, k): Received => {
        const index = present[partner];
        return { peer: nameOf(index), weight: weights[k], ...sent.get(index)! };
      });
      const own = sent.get(site.index)!;
      const combined = aggregate(site.aggregator, own, received, { round: round - 1, rounds });
      site.vector = combined.vector as Float32Array<ArrayBuffer>;
      for (const { peer } of combined.refused) {
        const isHonest = attack.honest.some((index) => nameOf(index) === peer);
        refused[isHonest ? "honest" : "liars"] += 1;
      }
    }
    for (const { trainer, vector } of sites) await trainer.adopt(round, { vector });
  }
  return { consensus: consensusDistance(sites.map(({ vector }) => vector)), refused };
}
