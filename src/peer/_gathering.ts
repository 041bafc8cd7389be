/**
 * How a peer waits for the others: before it begins to train, before sites fine-tune together, and before it goes.
 *
 * @module
 */
import { Deadline, raceAbort } from "../core/deadline.ts";
import { UserError } from "../core/errors.ts";
import { world } from "../core/world.ts";
import type { Mesh } from "../mesh/mesh.ts";
import type { Membership } from "./_membership.ts";
import { believed } from "./_neighbours.ts";
import type { Run, Training } from "./_run.ts";

/** It is looked again after so many milliseconds at the latest: that a member's pause is over, nobody tells. */
const SLOWEST_LOOK = 60_000;

/** @throws {UserError} if `mesh.quorum` is of more members than there are. */
export function requireQuorum(quorum: number, { members, identity }: Pick<Membership, "members" | "identity">): void {
  const others = new Set(members).difference(new Set([identity.peerId])).size;
  if (quorum <= others) return;
  throw new UserError(`starting the peer: "mesh.quorum" must be at most the number of other members, ${others}`, {
    value: quorum,
  });
}

/**
 * Waits until as many other members are there as `mesh.quorum` says, and says so once where they are not yet; not beyond
 * the time that the run has.
 */
export async function awaitQuorum({ mesh, signal, emit, configuration, budget }: Run): Promise<void> {
  const { quorum } = configuration.mesh;
  const missing = () => quorum - believed(mesh).filter(({ admitted }) => admitted).length;
  const first = missing();
  if (first <= 0) return;
  emit({ type: "note", message: `waits for ${first} more member(s): "mesh.quorum" is ${quorum}` });
  await awaitChange(mesh, () => missing() <= 0, {
    signal,
    left: () => budget === undefined ? Infinity : 1000 * budget.left,
  });
}

/**
 * Waits until all members that are there have done so many rounds of the run, but not for longer than the patience:
 * until then they may still average with this peer.
 */
export async function waitForOthers(
  { mesh, signal, configuration }: Pick<Run, "mesh" | "signal" | "configuration">,
  rounds: number,
): Promise<void> {
  const until = world.elapsed() + configuration.mesh.patience;
  const areThere = () => {
    const heads = mesh.heads();
    return believed(mesh).every(({ peer, admitted }) => !admitted || (heads.get(peer)?.round ?? 0) >= rounds);
  };
  await awaitChange(mesh, areThere, { signal, left: () => until - world.elapsed() });
}

/**
 * Waits until `holds`, which is asked again whenever the mesh tells anything, such as that a member has joined, has left
 * or is in another round; not for longer than there is time.
 *
 * @param options.left milliseconds
 */
async function awaitChange(
  mesh: Pick<Mesh, "events">,
  holds: () => boolean,
  { signal, left }: { signal?: AbortSignal; left: () => number },
): Promise<void> {
  const events = mesh.events.subscribe().getReader();
  try {
    let next = events.read();
    while (!holds() && left() > 0) {
      using limit = new Deadline(Math.min(left(), SLOWEST_LOOK), "a change in the mesh", signal);
      const told = await raceAbort(next, limit.signal).catch(() => undefined);
      signal?.throwIfAborted();
      if (told?.done) return;
      if (told) next = events.read();
    }
  } finally {
    await events.cancel();
  }
}

/**
 * Waits for those who are still in the training before: until its first round ends, this peer averages the weights of
 * that one with them.
 */
export async function gather(run: Run, { before, rounds, method }: Training): Promise<void> {
  const { mesh, emit } = run;
  await waitForOthers(run, before);
  const present = mesh.members().filter(({ admitted }) => admitted);
  const isMissed = present.length > 0 &&
    present.every(({ peer }) => (mesh.heads().get(peer)?.round ?? 0) > before + rounds);
  if (isMissed) {
    const message =
      `came late: the members that are there have done the fine-tuning (${method}), it is done without them`;
    emit({ type: "warning", message });
  }
}
