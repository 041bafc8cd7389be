/**
 * The way back of a peer whose vector has come to be far from all others', by whatever befell it: an old copy of its
 * disk, a long time alone, a fault. What it gives is refused by the others then, as a liar's would be.
 *
 * It sees so by what the members announce, and goes on from the state of one of them. One member alone leads nobody
 * anywhere: at least two, more than half of all others and more than are near to this peer, announce vectors that are
 * near each other and farther from its own than members' may be (`likeness.ts`), in two rounds in a row; and what one of
 * them gives must be near what each other of them announces.
 *
 * @module
 */
import { whyUnlike } from "./likeness.ts";

/** Rounds in a row in which it must be so: weights that were averaged may have come near by themselves. */
const PATIENCE = 2;

/** What a member announces of its vector. */
export interface Sketched {
  /** Its peer id. */
  readonly peer: string;
  /** That keeps norms and distances, all by the same seed. */
  readonly sketch: Float32Array;
}

/** What is looked at. */
export interface View {
  /** This peer's own sketch. */
  readonly own: Float32Array;
  /** The members that are believed at all. */
  readonly members: readonly Sketched[];
  /** How many other members there are, present or not. */
  readonly others: number;
  /** How far this peer's latest rounds of training moved it. */
  readonly moved: number;
  /** Whether encodings lose nothing. */
  readonly lossless: boolean;
}

/** The members that this peer is far from while they are near each other; undefined where there are no such. */
export function membersElsewhere(view: View): readonly Sketched[] | undefined {
  const { own, members, others } = view;
  const groups = members.map((one) =>
    members.filter((other) => !isFar(one.sketch, other.sketch, view) && isFar(other.sketch, own, view))
  );
  const group = groups.reduce((most, one) => one.length > most.length ? one : most, []);
  const near = members.filter(({ sketch }) => !isFar(sketch, own, view)).length;
  return group.length >= 2 && 2 * group.length > others && group.length > near + 1 ? group : undefined;
}

/** Why what `peer` of `group` gives is not gone on from, as half a sentence, if so; `sketch` is that of its vector. */
export function whyNotOf(
  { peer, sketch }: Sketched,
  group: readonly Sketched[],
  view: Pick<View, "moved" | "lossless">,
): string | undefined {
  const witnesses = group.filter((one) => one.peer !== peer);
  const far = witnesses.filter((one) => isFar(one.sketch, sketch, view));
  if (far.length === 0) return undefined;
  return `it must be near what the others announce, and is far from ${far.length} of ${witnesses.length}`;
}

/** Whether whoever is at `place` would not take what is at `from`. */
function isFar(
  place: Float32Array,
  from: Float32Array,
  { moved, lossless }: Pick<View, "moved" | "lossless">,
): boolean {
  const likeness = { own: norm(place), other: norm(from), distance: norm(place, from) };
  return whyUnlike(likeness, { typical: moved, exact: lossless && moved > 0 }) !== undefined;
}

/** ‖a‖, or ‖a − b‖. */
function norm(a: Float32Array, b?: Float32Array): number {
  return Math.sqrt(a.reduce((sum, value, i) => sum + (value - (b?.[i] ?? 0)) ** 2, 0));
}

/** Looks once a round whether a peer is to go back. */
export class WayBack {
  #rounds = 0;

  /** The members to go back to; undefined: it need not. */
  look(view: View): readonly Sketched[] | undefined {
    const group = membersElsewhere(view);
    this.#rounds = group ? this.#rounds + 1 : 0;
    return this.#rounds >= PATIENCE ? group : undefined;
  }

  /** It has gone back. */
  done(): void {
    this.#rounds = 0;
  }
}
