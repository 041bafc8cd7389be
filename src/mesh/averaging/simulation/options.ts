/**
 * What a simulation is made with.
 *
 * @module
 */
import { UserError } from "../../../core/errors.ts";
import { checkCombination } from "../aggregation/combination.ts";
import { compressors } from "../compression/compressors.ts";
import { DEFAULT_LINKS } from "../compression/links.ts";
import { topologies } from "../topologies/topologies.ts";

/** How attackers lie. */
export const attackNames = ["sign-flip", "noise", "little-is-enough"] as const;

/** One of {@linkcode attackNames}. */
export type AttackName = (typeof attackNames)[number];

/** Options of {@linkcode simulate}. */
export interface SimulationOptions {
  /** From 2. */
  peers: number;
  /** By name. */
  topology: string;
  /** From 1; each takes one second of virtual time. */
  rounds: number;
  /** Partners a round where the topology leaves a choice. @default 1 */
  degree?: number;
  /** Values of a peer's vector. @default 1000 */
  values?: number;
  /** Probability that a peer is away for a round; it keeps its vector. @default 0 */
  churn?: number;
  /** Probability that an exchange, or a push over a one-way link, fails. @default 0 */
  drop?: number;
  /**
   * Mean delay of a message in milliseconds (exponential); an exchange that takes longer than its round fails. @default
   * 0
   */
  delay?: number;
  /** How many of the peers lie. @default 0 */
  byzantine?: number;
  /** @default "sign-flip" */
  attack?: AttackName;
  /** By name. @default "none" */
  compress?: string;
  /** By name. @default "mean" */
  rule?: string;
  /** @default 1 */
  seed?: number;
}

/** All of them. */
export type CheckedOptions = Readonly<Required<SimulationOptions>>;

/** A simulation that would need more is refused. */
const MAX_BYTES = 8 * 2 ** 30;

/** Plans of the complete graph have n² weights. */
const MAX_COMPLETE = 2000;

/** References that all peers keep at the end of the run. */
function references({ topology, peers, rounds, degree, compress }: CheckedOptions): number {
  const { links, partners } = topologies.named(topology);
  if (links === "one-way" || compressors.named(compress).lossless) return 0;
  return peers * Math.min(peers - 1, DEFAULT_LINKS, rounds * partners(peers, degree).most);
}

/**
 * The options with their defaults, frozen.
 *
 * @throws {UserError} for a contradiction, or for more than fits into memory; numbers out of range are the caller's to
 * refuse.
 */
export function checkSimulation(options: SimulationOptions): CheckedOptions {
  const checked: CheckedOptions = Object.freeze({
    degree: 1,
    values: 1000,
    churn: 0,
    drop: 0,
    delay: 0,
    byzantine: 0,
    attack: "sign-flip",
    compress: "none",
    rule: "mean",
    seed: 1,
    ...options,
  });
  const { topology, compress, rule, peers, degree, byzantine, values } = checked;
  checkCombination({ topology, compression: compress, rule, members: peers, degree });
  if (2 * byzantine >= peers) {
    throw new UserError("simulating: fewer than half of the peers must be Byzantine", {
      where: `${peers} peers`,
      value: byzantine,
    });
  }
  if (topology === "complete" && peers > MAX_COMPLETE) {
    throw new UserError(`simulating: the complete topology must have at most ${MAX_COMPLETE} peers`, { value: peers });
  }
  const bytes = 4 * values * (2 * peers + references(checked));
  if (bytes > MAX_BYTES) {
    const needs = `${Math.ceil(bytes / 2 ** 30)} GiB for ${peers} peers of ${values} values`;
    throw new UserError(`simulating: all vectors must fit ${MAX_BYTES / 2 ** 30} GiB; give fewer peers or values`, {
      value: needs,
    });
  }
  return checked;
}
