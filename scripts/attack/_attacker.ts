/**
 * What the curious member does with what it has: both attacks on one consortium's outcome.
 *
 * @module
 */
import type { FeatureSet } from "../../src/core/features.ts";
import { splitTaps } from "../../src/pretraining/tap.ts";
import { thinned } from "../../src/pretraining/thinned.ts";
import { viewsFrom } from "../../src/pretraining/views.ts";
import { Rng } from "../../src/core/rng.ts";
import type { NamedVector } from "../../src/core/vectors.ts";
import type { PreparedCase } from "../../src/data/prepare.ts";
import type { UNetConfig } from "../../src/model/config.ts";
import type { PeerConfiguration } from "../../src/peer/configuration.ts";
import { ReleasePolicy } from "../../src/peer/policy/release_policy.ts";
import type { Use } from "../../src/peer/site_data.ts";
import type { Pairs } from "./_decoders.ts";
import { type InversionFigures, invert } from "./_inversion.ts";
import { MemberEncoder } from "./_member_encoder.ts";
import { inferMembership, type MembershipScores } from "./_membership.ts";
import { neighbourhoods } from "./_neighbourhoods.ts";
import { type Place, ReleaseLedger } from "./_release_ledger.ts";
import type { Budget } from "./_study.ts";
import { type Candidate, embedViews } from "./_view_similarity.ts";

/** Of its own volumes, the share on which the attacker checks its decoders. */
const CHECK = 0.2;

/** Locations of each view in membership inference: more than training reads, which steadies the means. */
const LOCATIONS = 256;

/** A site and what became of it. */
export interface Outcome {
  readonly configuration: PeerConfiguration;
  readonly cases: Record<Use, readonly PreparedCase[]>;
  /** In the last round, through its policy. */
  readonly released: FeatureSet | undefined;
}

/** What the attacker is given. */
export interface AttackOptions {
  /** The first is the attacker's. */
  sites: readonly Outcome[];
  network: UNetConfig;
  /** What all sites have at the end. */
  weights: readonly NamedVector[];
  budget: Budget;
  seed: number;
}

/** Both attacks' figures. */
export interface Attacked {
  inversion: InversionFigures[];
  membership: MembershipScores[];
}

/** Attacks all sites but the first. */
export async function attack(options: AttackOptions): Promise<Attacked> {
  const { sites, network, weights } = options;
  const { pretrain: config } = sites[0].configuration;
  const encoder = new MemberEncoder({ config, network });
  encoder.setWeights(weights);
  const inversion = sites.every(({ released }) => released) ? await invertReleases(encoder, options) : [];
  encoder.dispose();
  const membership = await inferMembers(options);
  return { inversion, membership };
}

async function invertReleases(encoder: MemberEncoder, options: AttackOptions): Promise<InversionFigures[]> {
  const { sites: [attacker, ...victims], budget, seed } = options;
  const rng = new Rng(seed).fork("inversion");
  const { dimension, projections } = attacker.configuration.pretrain;
  const own = rng.fork("volumes").shuffle(volumesOf(attacker));
  const checked = Math.max(1, Math.round(CHECK * own.length));
  const batches = Math.round(CHECK * budget.attackBatches);
  const check = await ownPairs(encoder, own.slice(0, checked), { attacker, batches, rng: rng.fork("check") });
  const fit = await ownPairs(encoder, own.slice(checked), {
    ...{ attacker, rng: rng.fork("fit") },
    batches: budget.attackBatches - batches,
  });
  const truth = victims.map((victim) => truthOf(victim, encoder, budget.rounds));
  const released = victims.map((victim) => splitTaps(victim.released!, encoder.partitions, dimension));
  const figures: InversionFigures[] = [];
  for (const [index, { maps }] of projections.entries()) {
    const pairs = victims.map((_, i): Pairs => ({
      ...released[i][index],
      ...shown(truth[i][index], victims[i].cases.training),
    }));
    figures.push(
      await invert({
        projection: maps.join(" and "),
        ...{ fit: fit[index], check: check[index], victims: joined(pairs) },
        partitions: encoder.partitions[index],
        ...{ steps: budget.attackSteps, rng: rng.fork(`projection ${index}`) },
      }),
    );
  }
  return figures;
}

/** What places are, and what is there. */
function shown(places: readonly Place[], all: readonly PreparedCase[]): Omit<Pairs, "features" | "partitions"> {
  return {
    positions: Float32Array.from(places.flatMap(({ position }) => position)),
    volumes: Int32Array.from(places, ({ prepared }) => all.indexOf(prepared)),
    targets: neighbourhoods(places),
  };
}

/** All volumes that a site has. */
function volumesOf({ cases: { training, probe, test } }: Outcome): PreparedCase[] {
  return [...training, ...probe, ...test];
}

/** Pairs of each projection from the attacker's own volumes, embedded and made noisy as the sites do. */
async function ownPairs(
  encoder: MemberEncoder,
  volumes: readonly PreparedCase[],
  { attacker, batches, rng }: { attacker: Outcome; batches: number; rng: Rng },
): Promise<Pairs[]> {
  const { pretrain: config, policy, stateDirectory } = attacker.configuration;
  const views = viewsFrom({ cases: volumes, config });
  const pairs: Pairs[][] = encoder.partitions.map(() => []);
  for (let batch = 0; batch < batches; batch += 2) {
    const cases = Array.from({ length: config.volumes }, () => rng.int(volumes.length));
    const { images, places } = views({ cases, seed: rng.fork(`views ${batch}`).seed });
    for (const [view, values] of images.entries()) {
      const plans = encoder.plan(places[view], rng.fork(`locations ${batch + view}`));
      const features = await encoder.embed(values, plans);
      plans.forEach((plan, index) => {
        const positions = encoder.positions(index, plan, places[view]);
        const at = positions.map((position, row): Place => ({ prepared: volumes[cases[plan.volumes[row]]], position }));
        pairs[index].push({ features: features[index], partitions: plan.partitions, ...shown(at, volumes) });
      });
    }
  }
  const noisy: Pairs[] = [];
  for (const ofProjection of pairs) {
    const { features, partitions, ...shown } = joined(ofProjection);
    // an account of its own: what is only looked at is not released
    const unlimited = { ...policy, featuresPerRound: Infinity, totalEpsilon: policy.noise && Infinity };
    const own = new ReleasePolicy(unlimited, `${stateDirectory}/attack-${rng.seed}.json`);
    const { release } = await own.apply({ round: 1, features, partitions });
    noisy.push({ ...shown, features: release!.features, partitions: release!.partitions });
  }
  return noisy;
}

/** Where the victim's last release was made, by projection and row. */
function truthOf({ configuration, cases, released }: Outcome, encoder: MemberEncoder, rounds: number): Place[][] {
  const ledger = new ReleaseLedger(configuration, encoder, cases.training);
  let last = ledger.replay(1);
  for (let round = 2; round <= rounds; round++) last = ledger.replay(round);
  const { places, partitions } = last;
  const numbers = { features: Float32Array.from(partitions.keys()), partitions };
  const kept = thinned(numbers, configuration.policy.featuresPerRound); // as the policy keeps them
  if (kept.partitions.join() !== released!.partitions.join()) {
    throw new Error(`${configuration.name}: what was released must be what the ledger draws again`);
  }
  return splitTaps(kept, encoder.partitions, 1).map(({ features }) => Array.from(features, (number) => places[number]));
}

/** One after another. */
function joined(pairs: readonly Pairs[]): Pairs {
  const join = (pick: (pairs: Pairs) => Float32Array) => {
    const values = new Float32Array(pairs.reduce((sum, set) => sum + pick(set).length, 0));
    let at = 0;
    for (const set of pairs) {
      values.set(pick(set), at);
      at += pick(set).length;
    }
    return values;
  };
  return {
    features: join(({ features }) => features),
    partitions: Int32Array.from(pairs.flatMap(({ partitions }) => [...partitions])),
    volumes: Int32Array.from(pairs.flatMap(({ volumes }) => [...volumes])),
    positions: join(({ positions }) => positions),
    targets: join(({ targets }) => targets),
  };
}

async function inferMembers({ sites, network, weights, budget, seed }: AttackOptions): Promise<MembershipScores[]> {
  const { pretrain } = sites[0].configuration;
  const projections = pretrain.projections.map((projection) => ({ ...projection, locations: LOCATIONS }));
  const config = { ...pretrain, projections };
  const encoder = new MemberEncoder({ config, network });
  encoder.setWeights(weights);
  const rng = new Rng(seed).fork("membership");
  const candidates: Candidate[] = [];
  for (const [site, { cases: { training, probe, test } }] of sites.entries()) {
    for (const [isMember, volumes] of [[true, training], [false, [...probe, ...test]]] as const) {
      for (const prepared of volumes) {
        const options = { encoder, config, count: budget.views, rng: rng.fork(prepared.id) };
        candidates.push({ site, isMember, rows: await embedViews(prepared, options) });
      }
    }
  }
  const released = sites.map(({ released }) => released && splitTaps(released, encoder.partitions, pretrain.dimension));
  encoder.dispose();
  return inferMembership(candidates, released);
}
