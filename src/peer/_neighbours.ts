/**
 * The weights of members that are further on, for a peer that comes late and for a site without labels, which waits for
 * them.
 *
 * @module
 */
import { sleep } from "../core/deadline.ts";
import type { Head } from "../mesh/heads/head.ts";
import type { Mesh } from "../mesh/mesh.ts";
import { type Ahead, farBehind, membersAhead, mostAhead, whyNoState } from "./_lateness.ts";
import type { Run, Training } from "./_run.ts";

/** A member's state that a late peer goes on from. */
export type Neighbour = NonNullable<Awaited<ReturnType<Mesh["averaging"]["fetch"]>>>;

/** How often it is looked whether the others have come to a training, in milliseconds. */
const FASTEST_INTERVAL = 100;

/** The same where it takes long: five times in the patience, by default. */
const SLOWEST_INTERVAL = 2_000;

/** So long a member with labels may take for a round, in milliseconds, before it is no longer waited for: 3 hours. */
const LONGEST_ROUND = 3 * 60 * 60 * 1000;

/** What of a training says where its weights are. */
export type Place =
  & Pick<Training, "before" | "layoutDigest" | "values" | "method">
  & { weights: Pick<Training["weights"], "start"> };

/** The other members whose word counts, present or not. */
export function believed(mesh: Pick<Mesh, "members">): ReturnType<Mesh["members"]> {
  return mesh.members().filter(({ conduct }) => !conduct?.paused);
}

/** The members that are beyond `round` of a training, as far as they confirm each other. */
export function aheadOf({ mesh, total }: Pick<Run, "mesh" | "total">, training: Place, round: number) {
  const { before, layoutDigest } = training;
  const others = believed(mesh).length;
  return membersAhead({ heads: mesh.heads(), others, beyond: before + round, total, layoutDigest });
}

/**
 * The round that most others have come to, where this site is far behind it and one of them is there to average with;
 * undefined where it is not.
 */
export function farBeyond(
  { mesh, total }: Pick<Run, "mesh" | "total">,
  { before, rounds, layoutDigest }: Pick<Training, "before" | "rounds" | "layoutDigest">,
  { round, again }: { round: number; again: boolean },
): number | undefined {
  const members = believed(mesh);
  const beyond = before + round + farBehind(rounds, again) - 1;
  const ahead = mostAhead({ heads: mesh.heads(), others: members.length, beyond, total, layoutDigest });
  const isThere = members.some(({ peer, admitted }) => admitted && ahead?.peers.includes(peer));
  return ahead && isThere ? Math.min(ahead.round - before, rounds) : undefined;
}

/**
 * The state of one of the members that are `ahead`, of the round that they confirm at the latest; undefined where none
 * of them can give one now that is beyond `round`.
 */
export async function takeNeighbour(
  { mesh, signal }: Pick<Run, "mesh" | "signal">,
  { before, layoutDigest, values, weights }: Place,
  { round, ahead }: { round: number; ahead: Ahead },
): Promise<Neighbour | undefined> {
  const state = await mesh.averaging.fetch(layoutDigest, values, {
    signal,
    from: ahead.peers,
    whyNot: ({ vector }, peer) => whyNoState(vector, { peer, own: weights.start, ahead, layoutDigest }),
  });
  if (!state || state.round <= before + round) return undefined;
  return { ...state, round: Math.min(state.round, ahead.round) };
}

/**
 * The state of a member that has done `rounds` of the training, as soon as one has. Waited for is as long as a member
 * with labels is there that has not come so far and goes on, and there is time; where none is, not for longer than the
 * patience.
 *
 * @param options.longestRound for how long a member that comes no further is taken to go on, in milliseconds
 */
export async function awaitTaught(
  run: Pick<Run, "mesh" | "signal" | "emit" | "configuration" | "budget" | "total">,
  training: Place,
  rounds: number,
  { longestRound = LONGEST_ROUND }: { longestRound?: number } = {},
): Promise<Neighbour | undefined> {
  const { mesh, signal, emit, configuration: { mesh: { patience } } } = run;
  const until = training.before + rounds;
  mesh.averaging.sitOut();
  const going = new Going(longestRound);
  let isSlow = false;
  const startedAt = performance.now();
  for (let hopeful = startedAt;;) {
    const heads = mesh.heads();
    const there = believed(mesh).flatMap(({ peer, admitted }) => {
      const head = heads.get(peer);
      return admitted && head ? { ...head, peer } : [];
    });
    const taught = taughtBy(there, { until, total: run.total, layoutDigest: training.layoutDigest });
    if (taught) {
      const state = await takeNeighbour(run, training, { round: rounds - 1, ahead: taught });
      if (state) return state;
    } else {
      const onTheWay = there.filter(({ round, metrics }) => round < until && metrics?.labelled !== 0);
      isSlow = onTheWay.length > 0;
      if (going.on(onTheWay)) hopeful = performance.now();
    }
    if (performance.now() - hopeful >= patience || run.budget?.left === 0) break;
    await sleep(nextLook(performance.now() - startedAt), signal);
  }
  const why = isSlow
    ? `no member with labels has come a round further in ${Math.round(longestRound / 60_000)} min`
    : "no member with labels is there to learn from";
  emit({ type: "warning", message: `the fine-tuning (${training.method}) is left out: ${why}` });
  return undefined;
}

/**
 * Who has come to round `until` of the run. One alone that may be confirmed by another with labels, which is there and
 * not so far yet, is believed to have come to `until` and no further: it would end the training of those that join.
 */
function taughtBy(
  there: readonly (Head & { peer: string })[],
  { until, total, layoutDigest }: { until: number; total: number; layoutDigest: string },
): Ahead | undefined {
  const heads = new Map(there.map((head) => [head.peer, head]));
  const place = { heads, beyond: until - 1, total, layoutDigest };
  const confirmed = membersAhead({ ...place, others: there.length });
  if (confirmed) return confirmed;
  const single = membersAhead({ ...place, others: 1 });
  if (!single) return undefined;
  const isTaught = ({ peer, metrics }: Head & { peer: string }) =>
    !single.peers.includes(peer) && metrics?.labelled !== 0;
  return there.some(isTaught) ? { ...single, round: until } : single;
}

/** Milliseconds to the next look of one that has waited for so long: a wait of hours must not keep the processor busy. */
function nextLook(waited: number): number {
  return Math.min(SLOWEST_INTERVAL, Math.max(FASTEST_INTERVAL, waited / 100));
}

/** Which members go on: each within a time of when it came to its round, or was met. */
class Going {
  readonly #longest: number;
  readonly #since = new Map<string, { round: number; time: number }>();

  constructor(longest: number) {
    this.#longest = longest;
  }

  /** Whether one of `members` does. */
  on(members: readonly { peer: string; round: number }[]): boolean {
    const now = performance.now();
    for (const { peer, round } of members) {
      if ((this.#since.get(peer)?.round ?? -1) < round) this.#since.set(peer, { round, time: now });
    }
    return members.some(({ peer }) => now - this.#since.get(peer)!.time <= this.#longest);
  }
}
