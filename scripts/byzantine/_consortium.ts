/**
 * The study's consortium: eight real trainers that take turns on one engine, and the vectors between them, in virtual
 * time.
 *
 * A round is what it is in `src/studies/consortium.ts`. Everybody meets everybody in each round (the topology
 * `complete`), and instead of the liars' training stands the attack, which knows the honest vectors of the round. Liars
 * release no features.
 *
 * @module
 */
import { mean } from "../../src/core/statistics.ts";
import { Attack } from "../../src/mesh/averaging/simulation/attacks.ts";
import { openAveraging, type SitesAveragingOptions } from "../../src/studies/averaging.ts";
import { Consortium } from "../../src/studies/consortium.ts";
import { TrainerRounds } from "../../src/studies/trainings/trainer.ts";
import type { Trainer } from "../../src/peer/trainer.ts";
import type { TrainerOpened } from "../../src/peer/trainer_api.ts";
import { isAttack, LIARS, type Run, SITES } from "./_study.ts";

/** A site that trains. */
export interface HonestSite {
  readonly trainer: Pick<Trainer, "round" | "adopt">;
  readonly opened: Pick<TrainerOpened, "vector" | "layout" | "cases">;
}

/** What came of the pre-training. */
export interface Pretrained {
  consensus: number;
  refused: { liars: number; honest: number };
}

/** Which sites are the liars of a seed, whether they lie or not: the attack draws them. */
export function makeAttack({ behaviour, seed }: Pick<Run, "behaviour" | "seed">): Attack {
  const name = behaviour === "noise" || behaviour === "little-is-enough"
    ? behaviour
    : behaviour === "heavy"
    ? "little-is-enough"
    : "sign-flip";
  return new Attack({ name, seed, peers: SITES, byzantine: LIARS });
}

/** The attack as it was when the table was made: it counted rounds from 1, and what it draws hangs on that. */
function fromOne(attack: Attack): SitesAveragingOptions["attack"] {
  return {
    observe: (vector, round) => attack.observe(vector, round + 1),
    message: (site) => attack.message(site),
  };
}

/** Pre-trains all that are honest in this run; their trainers hold the last vectors afterwards. */
export async function pretrain(run: Run, honest: ReadonlyMap<number, HonestSite>): Promise<Pretrained> {
  const { rule, behaviour, judging, rounds, seed } = run;
  const attack = makeAttack(run);
  const isAttacked = isAttack(run);
  const training = [...honest.keys()].sort((a, b) => a - b);
  const [{ opened: first }] = honest.values();
  const masses = new Map(training.map((site) => [site, honest.get(site)!.opened.cases.training]));
  const places = Array.from({ length: SITES }, (_, site) => site);
  const averaging = openAveraging({
    ...{
      mixing: "gossip",
      averaging: { topology: "complete", rule },
      layout: first.layout,
      exchanges: 1,
      rounds,
      seed,
    },
    masses: places.map((site) => masses.get(site) ?? (behaviour === "heavy" ? 1e9 : mean([...masses.values()]))),
    judging,
    attack: isAttacked ? fromOne(attack) : undefined,
  });
  const sites = places.map((site) => {
    const { trainer, opened } = honest.get(site) ?? {};
    const vector = opened?.vector ?? first.vector;
    return { name: `site-${site + 1}`, vector, training: trainer && new TrainerRounds(trainer) };
  });
  const consortium = new Consortium(sites, averaging);
  const refused = { liars: 0, honest: 0 };
  for (let round = 1; round <= rounds; round++) {
    const told = await consortium.round(round, isAttacked ? places : training);
    for (const site of told.refused) refused[attack.honest.includes(site) ? "honest" : "liars"] += 1;
  }
  return { consensus: consortium.consensus(training), refused };
}
