/**
 * How a site in a virtual world trains, through all lives of its process: in rounds as a peer does, but what training
 * gives is known, so that it can be followed through all that is averaged.
 *
 * The vector has a place for what each site began with, one for what each has contributed since, and a block that all
 * have alike: every mean of such vectors has a sum of one in the first block and the same in the last, whoever was
 * averaged with whom.
 */
import { sleep } from "../../../src/core/deadline.ts";
import type { SiteAudit } from "./_audit.ts";
import type { Life } from "./_life.ts";
import type { SiteOptions } from "./_site_options.ts";

/** Values at the end of a vector that all sites have alike, and what they are: they make most of its norm. */
export const COMMON = { count: 16, value: 32 };

/** What a site contributes in a round: so much to its own place. */
const UPDATE = 1 / 64;

/** What is left of a site at the end of a round. */
interface Checkpoint {
  vector: Float32Array<ArrayBuffer>;
  round: number;
  contributed: number;
  weight?: number;
}

/** One site's. */
export class Training {
  /** What it had at the end of its latest round. */
  checkpoint: Checkpoint;
  /** The round of the latest features that this life has released. */
  released = 0;
  /** What its rounds have contributed, as far as its state holds them. */
  contributed = 0;
  /** What all of its rounds have contributed, those that a kill has undone among them. */
  everContributed = 0;
  /** The longest step, in milliseconds of the world, but for those in which its process was stopped. */
  longestStep = 0;
  steps = 0;
  /** Whether its weights are to be far from all others' from the next round on, as from an old copy of its disk. */
  goesAstray = false;
  /** Whether it trains no more, and only averages. */
  isCalm = false;
  /** Whether it does no further round. */
  isEnding = false;
  /** Whether it has done its last round. */
  hasEnded = false;
  /** Whether it has trained from where it began or went on from: a peer is in no secure sum before. */
  #hasTrained = false;
  readonly #number: number;
  readonly #options: SiteOptions & { audit: SiteAudit };

  /** @param number that of the site among all */
  constructor(number: number, options: SiteOptions & { audit: SiteAudit }) {
    this.#number = number;
    this.#options = options;
    const { length } = options.identities;
    const vector = new Float32Array(2 * length + COMMON.count).fill(COMMON.value, 2 * length);
    vector[number] = 1;
    this.checkpoint = { vector, round: 0, contributed: 0 };
  }

  /** The process is gone, and with it what came after the checkpoint. */
  killed(): void {
    this.contributed = this.checkpoint.contributed;
  }

  /** The process ends in order: what its mesh holds is kept. */
  kept({ mesh }: Life): void {
    const { vector, weight } = mesh.averaging.state?.snapshot() ?? this.checkpoint;
    this.checkpoint = { ...this.checkpoint, vector, weight, contributed: this.contributed };
  }

  /** Goes on from the checkpoint on a mesh that has been started, for as long as `life` is the latest. */
  async run(life: Life): Promise<void> {
    const { mass, rng, roundTime, tell, shares } = this.#options;
    const { mesh, process } = life;
    const { vector, round: done, weight } = this.checkpoint;
    this.#hasTrained = false;
    mesh.averaging.initialise(vector, { layout: "seeded", mass, round: done, weight });
    shares.follow(mesh.averaging.state, { site: this.#number, process });
    await mesh.announceHead({ round: done });
    life.isReady = true;
    const isThere = () => process.isAlive && life.isLatest && !this.isEnding;
    for (let round = done + 1; isThere(); round++) {
      await sleep(roundTime * rng.uniform(0.8, 1.2));
      if (!isThere()) break;
      if (this.goesAstray) this.#goOn(life, halved(mesh.averaging.snapshot().vector), round);
      if (this.goesAstray) tell("its weights are astray");
      this.goesAstray = false;
      const back = await mesh.comeBack();
      if (back) this.#goOn(life, back.vector, round);
      if (!this.isCalm || (this.#options.mesh.averaging?.secure && !this.#hasTrained)) await this.#train(life, round);
      if (!await this.#average(life, round)) return;
    }
    this.hasEnded = life.isLatest;
  }

  async #train({ mesh }: Life, round: number): Promise<void> {
    this.#hasTrained = true;
    const update = new Float32Array(this.checkpoint.vector.length);
    update[this.#options.identities.length + this.#number] = UPDATE;
    mesh.averaging.contribute(update, round);
    this.contributed += UPDATE;
    this.everContributed += UPDATE;
    if (round % 4 !== 1) return;
    const features = Float32Array.of(Math.cos(round), Math.sin(round));
    await mesh.features.release({ round, features, partitions: Int32Array.of(0) });
    this.released = round;
  }

  /** One step of averaging. @returns whether the life goes on */
  async #average(life: Life, round: number): Promise<boolean> {
    const { world } = this.#options;
    const { mesh, process } = life;
    const began = world.time - process.stopped;
    try {
      await mesh.averaging.step({ step: round - 1, steps: 1_000 });
    } finally {
      if (process.isAlive) this.longestStep = Math.max(this.longestStep, world.time - process.stopped - began);
    }
    if (!life.isLatest) return false;
    this.steps++;
    this.#options.audit.anchor();
    const { vector, weight } = mesh.averaging.snapshot();
    this.checkpoint = { vector, weight, round, contributed: this.contributed };
    await mesh.announceHead({ round });
    return true;
  }

  /** Goes on from other weights than its own. */
  #goOn({ mesh, process }: Life, vector: Float32Array, round: number): void {
    this.#hasTrained = false;
    const { layout, mass, weight } = mesh.averaging.state!;
    mesh.averaging.initialise(vector, { layout, mass, round, weight });
    this.#options.shares.follow(mesh.averaging.state, { site: this.#number, process });
  }
}

/** Half of what all have alike, and the rest as it is. */
function halved(vector: Float32Array): Float32Array {
  return vector.map((value, i) => i < vector.length - COMMON.count ? value : value / 2);
}
