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
 * with labels is there that has not come so far; where none is, not for longer than the patience.
 */
export async function awaitTaught(
  run: Pick<Run, "mesh" | "signal" | "emit" | "configuration">,
  training: Place,
  rounds: number,
): Promise<Neighbour | undefined> {
  const { mesh, signal, emit, configuration: { mesh: { patience } } } = run;
  const until = training.before + rounds;
  mesh.averaging.sitOut();
  for (let hopeful = performance.now();;) {
    const heads = mesh.heads();
    const there = mesh.members().flatMap(({ peer, admitted }) => admitted ? heads.get(peer) ?? [] : []);
    if (there.some(({ round, layout }) => round >= until && layout === training.layoutDigest)) {
      const state = await takeNeighbour(run, training, rounds - 1);
      if (state) return state;
    } else if (there.some(({ round, metrics }) => round < until && metrics?.labelled !== 0)) {
      hopeful = performance.now();
    }
    if (performance.now() - hopeful >= patience) break;
    await sleep(GATHERING_INTERVAL, signal);
  }
  const message = `the fine-tuning (${training.method}) is left out: no member with labels is there to learn from`;
  emit({ type: "warning", message });
  return undefined;
}
