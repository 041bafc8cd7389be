/**
 * What to know of other sites' features that are not used, or not all of them.
 *
 * @module
 */
import { messageOf } from "../core/errors.ts";
import type { RemoteFeatures } from "../core/features.ts";
import type { Objective } from "./objectives/objective.ts";

/** What to know of the features of another site. */
export interface Remark {
  /** Whose features the remark is about. */
  peer: string;
  /** A sentence about "it". */
  message: string;
  /** Whether the site has sent what must be refused. @default false */
  isOffence?: boolean;
}

/** Hands other sites' releases to an objective, and tells of each thing once. */
export class Admission {
  readonly #objective: Objective;
  readonly #staleness: number;
  /** Sites of which it has been told that they release more than is kept. */
  readonly #cut = new Set<string>();
  /** By site: the round of the malformed release that was told last. */
  readonly #refused = new Map<string, number>();

  /** @param options.staleness local rounds after which the objective forgets a release. */
  constructor(objective: Objective, { staleness }: { staleness: number }) {
    this.#objective = objective;
    this.#staleness = staleness;
  }

  /** Before a round: what came since the last one is taken, and what is stale is forgotten. */
  admit(remote: readonly RemoteFeatures[], round: number): Remark[] {
    const remarks = remote.flatMap((release) => this.#take(release, round) ?? []);
    for (const peer of this.#objective.expire(round)) {
      const message =
        `its features came more than ${this.#staleness} round(s) ago: they are not used until it sends new ones`;
      remarks.push({ peer, message });
    }
    return remarks;
  }

  #take(release: RemoteFeatures, round: number): Remark | undefined {
    const { peer } = release;
    try {
      const leftOut = this.#objective.admit(release, round);
      if (leftOut === 0 || this.#cut.has(peer)) return undefined;
      this.#cut.add(peer);
      const { length } = release.partitions;
      const message =
        `it released ${length} features; ${leftOut} that repeat others, or are more than are kept of one site, are left out`;
      return { peer, message };
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      if (this.#refused.get(peer) === release.round) return undefined;
      this.#refused.set(peer, release.round);
      return { peer, message: `its features are refused: ${messageOf(error)}`, isOffence: true };
    }
  }
}
