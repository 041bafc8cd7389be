/**
 * Which place of which volume each feature that a site released was made from: what the attacker does not know, and is
 * measured against.
 *
 * What a round draws is a pure function of the site's seed and the round (`src/pretraining/pretrainer.ts`), so the
 * ledger draws it again, without a network: views, locations, and what the memory bank gives away. Entries of the bank
 * are numbers of places here instead of features.
 *
 * @module
 */
import type { FeatureSet } from "../../src/core/features.ts";
import { drawIndices } from "../../src/pretraining/draw_indices.ts";
import { MemoryBank } from "../../src/pretraining/bank/memory_bank.ts";
import { joinTaps } from "../../src/pretraining/tap.ts";
import { viewsFrom } from "../../src/pretraining/views.ts";
import { Rng } from "../../src/core/rng.ts";
import type { Triple } from "../../src/core/triple.ts";
import type { PreparedCase } from "../../src/data/prepare.ts";
import type { PeerConfiguration } from "../../src/peer/configuration.ts";
import type { MemberEncoder } from "./_member_encoder.ts";

/** Where a feature was made. */
export interface Place {
  readonly prepared: PreparedCase;
  /** Normalised volume coordinates z, y, x. */
  readonly position: Triple;
}

/** What a round's release shows. */
export interface ReleasedPlaces {
  /** Row for row as released. */
  readonly places: readonly Place[];
  readonly partitions: Int32Array;
}

/** One site's. Its rounds are to be replayed one by one, from the first. */
export class ReleaseLedger {
  readonly #configuration: PeerConfiguration;
  readonly #encoder: MemberEncoder;
  readonly #cases: readonly PreparedCase[];
  readonly #banks: readonly MemoryBank[];
  readonly #places: Place[] = [];

  /** @param cases the site's training volumes, in its configuration's order. */
  constructor(configuration: PeerConfiguration, encoder: MemberEncoder, cases: readonly PreparedCase[]) {
    this.#configuration = configuration;
    this.#encoder = encoder;
    this.#cases = cases;
    const { queue } = configuration.pretrain;
    this.#banks = encoder.partitions.map((partitions) =>
      new MemoryBank({ dimension: 1, capacity: queue, partitions, remoteCapacity: 0 })
    );
  }

  /** What the site hands over to its policy at the end of `round`. */
  replay(round: number): ReleasedPlaces {
    const { name, seed, schedule: { stepsPerRound }, pretrain: config } = this.#configuration;
    const rng = new Rng(seed).fork(`site/${name}`).fork(`round ${round}`);
    const views = viewsFrom({ cases: this.#cases, config });
    const nextCases = drawIndices(this.#cases.length, rng.fork("cases"));
    for (let number = 1; number <= stepsPerRound; number++) {
      const step = rng.fork(`step ${number}`);
      const cases = nextCases(config.volumes);
      const places = views({ cases, seed: step.fork("views").seed }).places.at(-1)!; // of the keys
      this.#encoder.plan(places, step.fork("objective")).forEach((plan, tap) => {
        const first = this.#places.length;
        this.#encoder.positions(tap, plan, places).forEach((position, row) => {
          this.#places.push({ prepared: this.#cases[cases[plan.volumes[row]]], position });
        });
        const features = Float32Array.from(plan.partitions, (_, row) => first + row);
        this.#banks[tap].push({ features, partitions: plan.partitions });
      });
    }
    const release = rng.fork("release");
    const each = Math.floor(config.release / this.#banks.length);
    const drawn: FeatureSet = joinTaps(
      this.#banks.map((bank) => bank.release(each, release)),
      this.#encoder.partitions,
    );
    return { places: Array.from(drawn.features, (number) => this.#places[number]), partitions: drawn.partitions };
  }
}
