/**
 * The weights of members that are further on, for a peer that comes late and for a site without labels, which waits for
 * them.
 *
 * @module
 */
import { sleep } from "../core/deadline.ts";
import type { Mesh } from "../mesh/mesh.ts";
import type { Run, Training } from "./_run.ts";

/** A member's state that a late peer goes on from. */
export type Neighbour = NonNullable<Awaited<ReturnType<Mesh["averaging"]["fetch"]>>>;

/** How often it is looked whether the others have come to a training, in milliseconds. */
export const GATHERING_INTERVAL = 100;

/** The same where it takes long: five times in the patience, by default. */
const SLOWEST_INTERVAL = 2_000;

/** So long a member with labels may take for a round, in milliseconds, before it is no longer waited for: 3 hours. */
const LONGEST_ROUND = 3 * 60 * 60 * 1000;

/** What of a training says where its weights are. */
export type Place = Pick<Training, "before" | "layoutDigest" | "values" | "method">;

/** The state of a member that is beyond `round`; undefined where nobody can give it now. */
export async function takeNeighbour(
  { mesh, signal }: Pick<Run, "mesh" | "signal">,
  { before, layoutDigest, values }: Place,
  round: number,
): Promise<Neighbour | undefined> {
  const state = await mesh.averaging.fetch(layoutDigest, values, signal);
  return state && state.round > before + round ? state : undefined;
}

/**
 * The state of a member that has done `rounds` of the training, as soon as one has. Waited for is as long as a member
 * with labels is there that has not come so far and goes on, and there is time; where none is, not for longer than the
 * patience.
 *
 * @param options.longestRound for how long a member that comes no further is taken to go on, in milliseconds
 */
export async function awaitTaught(
  run: Pick<Run, "mesh" | "signal" | "emit" | "configuration" | "budget">,
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
    const there = mesh.members().flatMap(({ peer, admitted }) => {
      const head = heads.get(peer);
      return admitted && head ? { ...head, peer } : [];
    });
    if (there.some(({ round, layout }) => round >= until && layout === training.layoutDigest)) {
      const state = await takeNeighbour(run, training, rounds - 1);
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

/** Milliseconds to the next look of one that has waited for so long: a wait of hours must not keep the processor busy. */
function nextLook(waited: number): number {
  return Math.min(SLOWEST_INTERVAL, Math.max(GATHERING_INTERVAL, waited / 100));
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
