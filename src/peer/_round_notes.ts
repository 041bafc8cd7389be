/** What a peer tells of where the others stand, and of what it makes of it. */
import { strayRounds } from "./_lateness.ts";
import type { Run } from "./_run.ts";

/** Rounds for which a new peer waits to hear from everybody, or for the state of those who are ahead. */
export const LONGEST_WAIT = 3;

/** Names members that announce rounds which no run like this one has, each once. */
export function tellOfStray({ mesh, total, emit }: Run, told: Set<string>): void {
  for (const { peer, round } of strayRounds(mesh.heads(), total)) {
    if (told.has(peer)) continue;
    told.add(peer);
    emit({ type: "warning", message: `${peer}: it announces round ${round} of a run of ${total}: it is not followed` });
  }
}

/** Says why a site goes on from another's weights. */
export function tellOfWay(
  { emit }: Run,
  { isNew, isBack, round }: { isNew: boolean; isBack: boolean; round: number },
): void {
  if (isBack) {
    const message = "this site's weights were far from those that the others agree on: goes on from theirs";
    return emit({ type: "warning", message });
  }
  const why = isNew ? "came late" : "the others are ahead";
  emit({ type: "note", message: `${why}: goes on from a member's weights of round ${round}` });
}

/** Says that what a slow site has trained in one round stands for some. */
export function tellOfLag({ emit }: Run, round: number, beyond: number): void {
  const message = `the others are far ahead: goes on with them, what it trained in round ${round} counts in ${beyond}`;
  emit({ type: "note", message });
}

/** Says why a new peer averages although it does not know everything that it waited for. */
export function tellOfWait({ emit }: Run, isLate: boolean): void {
  const what = isLate
    ? "none of the members that are ahead gave its state"
    : "not every member that is there says how far it is";
  emit({ type: "warning", message: `${what} in ${LONGEST_WAIT} rounds: averages from its own weights` });
}
