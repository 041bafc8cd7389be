/**
 * What is believed of what other members send to be averaged: a vector that may be one of this training, and a mass
 * that may be a site's.
 *
 * It is held against this peer's own vector, and against what all members announce (`heads/`): how far their vectors
 * are from this one, by their sketches, and their masses. One lie among the announcements of three members or more
 * moves none of that beyond what the honest ones say.
 *
 * @module
 */
import { UnlikeError, UnsoundError } from "../_messages.ts";
import { farthest, type Likeness, likenessOf, whyUnlike } from "./likeness.ts";
import { type Pulled, Pulls } from "./pull.ts";
import { type Given, Stillness, type Taken } from "./stillness.ts";
import { believedMass, upperMedian } from "./typical.ts";

/** A peer holds at most so many times all masses over one-way links: who has taken up its mass again has more than one. */
const MOST_HELD = 2;

/** A share that a member is given between two of its own takes it so far at least: senders hold about as much as it does. */
const GIVEN_SHARE = 1 / 4;

/** Distances within this factor, one exact and one by sketches, are of vectors that are near each other. */
const ALIKE = 1.5;

/** Part of a sender's numerator and weight. */
export interface Share {
  readonly numerator: Float32Array<ArrayBuffer>;
  readonly weight: number;
}

/** What a member announces of itself, as this peer sees it. */
export interface Announced {
  /** Its peer id. */
  readonly peer: string;
  /** How far its vector is from this peer's, as the sketches of both tell. */
  readonly distance?: number;
  /** Its site's mass. */
  readonly mass?: number;
}

/** What a {@linkcode Judge} works with. */
export interface JudgeOptions {
  /** What the other members announce of the training under way. */
  announced: () => readonly Announced[];
  /** How many other members there are, present or not. */
  others: () => number;
  /** Whether encodings lose nothing: what they lose is no lie. */
  lossless: boolean;
  /** Told, once for each member and mass, that a mass counts for less than is claimed. */
  capped: (peer: string, claimed: number, believed: number) => void;
  /** Told, once for each member, that the weight of a share counts for less than it is. */
  cappedShare: (peer: string, weight: number, believed: number) => void;
}

/** This peer's own side of what is judged. */
export interface OwnSide {
  /** Its vector. */
  readonly vector: Float32Array;
  /** Its site's mass. */
  readonly mass: number;
  /** How far its latest rounds of training moved it; 0 where there was none. */
  readonly moved: number;
}

/** What a peer holds over one-way links. */
export interface Holding {
  /** Of all masses. @default its mass */
  readonly weight?: number;
}

/** How a member's vector is mixed with this peer's own. */
export interface Mixed extends Pick<Pulled, "ownRound" | "share"> {
  readonly likeness: Likeness;
}

/** When a share was given. */
export type Rounds = Pick<Given, "round" | "ownRound">;

/** Judges vectors and masses. */
export class Judge {
  readonly #options: JudgeOptions;
  readonly #capped = new Map<string, number>();
  readonly #cappedShares = new Set<string>();
  readonly #stillness = new Stillness();
  readonly #pulls = new Pulls();

  constructor(options: JudgeOptions) {
    this.#options = options;
  }

  /**
   * Checks that `seen`, a member's vector as it is seen from this peer's, may be mixed with it.
   *
   * @param from whose it is: what that one announces says nothing of it. @default nobody's or several members'
   * @throws {UnsoundError} if not: {@linkcode UnlikeError} where an honest member's may be so for a while.
   */
  check(own: OwnSide, seen: Float32Array, from?: string): void {
    this.checkLikeness(own, likenessOf(own.vector, seen), from);
  }

  /** The same, by how the two vectors lie to each other. */
  checkLikeness(own: Omit<OwnSide, "vector">, likeness: Likeness, from?: string): void {
    const never = whyUnlike(likeness);
    if (never !== undefined && !this.#isAside(likeness)) throw new UnsoundError(`its weights are refused: ${never}`);
    if (never !== undefined) return;
    const now = whyUnlike(likeness, { typical: this.#typical(own, from), exact: this.#isExact(own) });
    if (now !== undefined) throw new UnlikeError(`its weights are refused: ${now}`);
  }

  /**
   * Checks that `peer` does not always give the same; of a pair nobody could say who is in the way.
   *
   * @throws {UnlikeError} if it does, as an honest one may for a while.
   */
  checkMoving(peer: string, given: Given): void {
    if (this.#options.others() < 2) return;
    const why = this.#stillness.whyStill(peer, given);
    if (why !== undefined) throw new UnlikeError(`its weights are refused: ${why}`);
  }

  /**
   * Checks that `peer` does not lead this one away by many exchanges, none of which goes far.
   *
   * @throws {UnlikeError} if it does.
   */
  checkPull(peer: string, own: Omit<OwnSide, "vector">, { likeness, ownRound, share }: Mixed): void {
    const limit = this.#farthest(peer, own, likeness);
    if (limit === undefined || this.#isAside(likeness)) return;
    const why = this.#pulls.whyTooMuch(peer, { ownRound, distance: likeness.distance, share }, limit);
    if (why !== undefined) throw new UnlikeError(`its weights are refused: ${why}`);
  }

  /** Remembers what was mixed, for {@linkcode Judge.checkPull}. */
  mixed(peer: string, own: Omit<OwnSide, "vector">, { likeness, ownRound, share }: Mixed): void {
    const limit = this.#farthest(peer, own, likeness);
    if (limit !== undefined) this.#pulls.add(peer, { ownRound, distance: likeness.distance, share }, limit);
  }

  /** Remembers what was given and taken, for {@linkcode Judge.checkMoving}. */
  met(peer: string, given: Given, taken: Taken): void {
    this.#stillness.met(peer, given, taken);
  }

  /**
   * What of a share of push-sum may be added. Its weight, unlike a mass, is what its sender happens to hold of all
   * masses; one that is heavier than these counts for as much, as the share of a lighter site with the same vector.
   *
   * @throws {UnsoundError} if it may not be added.
   */
  shareOf(peer: string, own: OwnSide & Holding, { numerator, weight, ...rounds }: Share & Rounds): Share {
    const vector = numerator.map((value) => value / weight);
    const likeness = likenessOf(own.vector, vector);
    this.checkLikeness(own, likeness, peer);
    const given = { ...rounds, given: vector, moved: own.moved };
    this.checkMoving(peer, given);
    const limit = this.#all(own), added = Math.min(weight, limit);
    const mixed = { likeness, ownRound: rounds.ownRound, share: added / (added + (own.weight ?? own.mass)) };
    this.checkPull(peer, own, mixed);
    this.mixed(peer, own, mixed);
    this.met(peer, given, { own: own.vector, share: GIVEN_SHARE });
    if (weight <= limit) return { numerator, weight };
    if (!this.#cappedShares.has(peer)) {
      this.#cappedShares.add(peer);
      this.#options.cappedShare(peer, weight, limit);
    }
    return { numerator: numerator.map((value) => value * (limit / weight)), weight: limit };
  }

  /** How much a peer may hold of all masses: beyond that, its own training would move it by next to nothing. */
  mostHeld(own: Pick<OwnSide, "mass">): number {
    return MOST_HELD * this.#all(own);
  }

  /** The mass that is believed of `peer`. */
  massOf(peer: string, claimed: number, own: Pick<OwnSide, "mass">): number {
    const { announced, capped } = this.#options;
    const others = announced().flatMap((one) => one.peer !== peer && one.mass !== undefined ? [one.mass] : []);
    const believed = believedMass(claimed, [own.mass, ...others]);
    if (believed < claimed && this.#capped.get(peer) !== claimed) {
      this.#capped.set(peer, claimed);
      capped(peer, claimed, believed);
    }
    return believed;
  }

  /** How far what `peer` gives may be away; undefined where there is nobody to tell by. */
  #farthest(peer: string, own: Omit<OwnSide, "vector">, likeness: Likeness): number | undefined {
    const typical = this.#typical(own, peer);
    return typical === undefined ? undefined : farthest(likeness.own, { typical, exact: this.#isExact(own) });
  }

  /** What others announce can be of before they trained: by that alone nothing small is far. */
  #isExact({ moved }: Pick<OwnSide, "moved">): boolean {
    return this.#options.lossless && moved > 0;
  }

  /** All members' masses; one whose mass is not known counts as the middle one. */
  #all({ mass }: Pick<OwnSide, "mass">): number {
    const { announced, others } = this.#options;
    const known = [mass, ...announced().flatMap(({ mass }) => mass ?? [])];
    const unknown = Math.max(0, others() + 1 - known.length) * upperMedian(known)!;
    return known.reduce((sum, one) => sum + believedMass(one, known), unknown);
  }

  /**
   * Whether it is this peer that is elsewhere: two members at least, and more than half of them, announce vectors that
   * are as far from its own as this one is. It was away for so long that it would never come near otherwise.
   */
  #isAside({ distance }: Likeness): boolean {
    const { announced, others } = this.#options;
    const alike = announced().filter((one) =>
      one.distance !== undefined && one.distance > distance / ALIKE && one.distance < distance * ALIKE
    );
    return alike.length >= 2 && 2 * alike.length > others();
  }

  /**
   * How far members but the one in question are from this one as a rule: the middle of what their sketches say and of
   * how far it moves by itself in a round, and no less than that, since the sketches may be of before the others moved.
   * Of a pair nobody could say who is far.
   */
  #typical({ moved }: Pick<OwnSide, "moved">, from: string | undefined): number | undefined {
    const { announced, others } = this.#options;
    if (others() < 2) return undefined;
    const distances = announced().flatMap(({ peer, distance }) =>
      peer === from || distance === undefined ? [] : [distance]
    );
    const middle = upperMedian(moved > 0 ? [moved, ...distances] : distances);
    return middle === undefined ? undefined : Math.max(moved, middle);
  }
}
