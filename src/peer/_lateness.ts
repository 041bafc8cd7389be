/**
 * Whether a site comes late, by what the others announce, and whether a member's state may be gone on from; pure.
 *
 * One member can announce any round and give any state. So a round counts where it is one of this run and a second
 * member announces as much, and a state where it is near what another member announces of its own weights. Of two sites
 * there is only one to believe.
 */
import { whyAnotherNorm } from "../mesh/averaging/judging/likeness.ts";
import type { Head } from "../mesh/heads/head.ts";
import { sketch, sketchSeed } from "../mesh/heads/sketch.ts";

/** Of the norm: members that train together agree better, by an order of magnitude. */
const AGREEMENT = 0.3;
/** Norms of weights of one training, a fresh one's and one's that has trained for long, are within this factor. */
const NORM_RATIO = 30;
/** A longer schedule than this site's is its own affair, but not so much longer. */
const LONGER = 10;
/** A site that is behind most others by this share of the rounds does not do what it lacks alone, when they have ended. */
const FAR_BEHIND = 1 / 4;
/** Rounds that are not far yet, however few there are: what a restart or a pause costs is made up for. */
const NEAR = 10;
/** The same for a site that was far behind already, and will be again. */
const NEAR_AGAIN = 3;

/** What a head says of how far a member is. */
type Position = Pick<Head, "round" | "layout" | "sketch">;

/** Members that are ahead, as far as they confirm each other. */
export interface Ahead {
  /** Their peer ids. */
  readonly peers: readonly string[];
  /** The latest round of the run that is confirmed. */
  readonly round: number;
  /** What they announce. */
  readonly heads: ReadonlyMap<string, Position>;
}

/** What {@linkcode membersAhead} goes by. */
export interface AheadOptions {
  /** The latest head of each other member that is believed at all. */
  heads: ReadonlyMap<string, Position>;
  /** Other members that are believed at all, present or not. */
  others: number;
  /** A round of the run; members beyond it are ahead. */
  beyond: number;
  /** Rounds of the whole run at this site. */
  total: number;
  /** Of the training's vector. */
  layoutDigest: string;
}

/** Who is ahead; undefined where nobody is, or no second one says so. */
export function membersAhead(options: AheadOptions): Ahead | undefined {
  return aheadAs(options, Math.min(options.others, 2));
}

/** The same, where more than half of the others say so: for a site that has its own part in the run by then. */
export function mostAhead(options: AheadOptions): Ahead | undefined {
  return aheadAs(options, Math.floor(options.others / 2) + 1);
}

/** How many rounds of so many a site is behind the others at least where it is far behind, for the first time or `again`. */
export function farBehind(rounds: number, again: boolean): number {
  return again ? NEAR_AGAIN : Math.max(NEAR, Math.ceil(FAR_BEHIND * rounds));
}

/** Who is ahead, and how far, as `witnesses` of them say. */
function aheadAs({ heads, beyond, total, layoutDigest }: AheadOptions, witnesses: number): Ahead | undefined {
  const ahead = [...heads].filter(([, { round, layout }]) =>
    layout === layoutDigest && round > beyond && round <= total
  );
  const confirmed = ahead.map(([, { round }]) => round).sort((a, b) => b - a).at(Math.max(witnesses, 1) - 1);
  if (confirmed === undefined) return undefined;
  return { peers: ahead.map(([peer]) => peer), round: confirmed, heads: new Map(ahead) };
}

/** What {@linkcode whyNoState} goes by. */
export interface StateOptions {
  /** Whose it is. */
  peer: string;
  /** This peer's own weights. */
  own: Float32Array;
  /** Members that are ahead, this one among them. */
  ahead: Ahead;
  layoutDigest: string;
}

/** Why a state must not be gone on from, as half a sentence, if so. */
export function whyNoState(
  state: Float32Array,
  { peer, own, ahead: { heads }, layoutDigest }: StateOptions,
): string | undefined {
  const reason = whyAnotherNorm({ own: normOf(own), other: normOf(state) }, NORM_RATIO);
  if (reason !== undefined) return reason;
  const witnesses = [...heads].flatMap(([other, head]) => other === peer ? [] : head.sketch ?? []);
  if (witnesses.length === 0) return undefined;
  const given = sketch(state, sketchSeed(layoutDigest));
  const near = witnesses.filter((witness) => normOf(given, witness) <= AGREEMENT * normOf(witness));
  if (2 * near.length >= witnesses.length) return undefined;
  return `it must be near what the others announce, ${near.length} of ${witnesses.length} that are as far do`;
}

/** Who announces a round that this run does not have, nor one like it. */
export function strayRounds(heads: ReadonlyMap<string, Position>, total: number): { peer: string; round: number }[] {
  return [...heads].flatMap(([peer, { round }]) => round > LONGER * total ? [{ peer, round }] : []);
}

/** ‖a‖, or ‖a − b‖. */
function normOf(a: Float32Array, b?: Float32Array): number {
  let square = 0;
  for (let i = 0; i < a.length; i++) square += (b ? a[i] - b[i] : a[i]) ** 2;
  return Math.sqrt(square);
}
