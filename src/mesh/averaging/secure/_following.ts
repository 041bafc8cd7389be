/** Where to go once the member that was asked into a sum is elsewhere. Pure. */
import type { Elsewhere } from "./_errors.ts";

/** Whether there is a sum where a member is that does not come to the one of `step`, or the next one is to be. */
export function isToFollow({ step, collector, made }: Elsewhere, own: number): boolean {
  return step > own || (step === own && (collector !== undefined || made === true));
}

/** Of several, where to follow: the furthest. */
export function furthest(all: readonly Elsewhere[]): Elsewhere {
  const rank = ({ collector, made }: Elsewhere) => collector !== undefined ? 2 : made ? 1 : 0;
  return all.reduce((best, one) =>
    one.step > best.step || (one.step === best.step && rank(one) > rank(best)) ? one : best
  );
}

/** What {@linkcode follow} depends on. */
export interface FollowOptions {
  self: string;
  /** The step that this peer is in. */
  step: number;
  /** Who has said so; undefined: several have. */
  asked?: string;
  /** Collectors that were named before in this step. */
  tried: ReadonlySet<string>;
}

/** What to do next: whom to ask for which step, first of all where one is named, and whether others need a moment for it. */
export interface Following extends Elsewhere {
  waits: boolean;
}

/** The way after `elsewhere`. */
export function follow(
  { step, collector }: Elsewhere,
  { self, step: own, asked, tried }: FollowOptions,
): Following {
  // the sum is made, or under way without this peer
  if (collector === undefined || (collector === asked && step === own)) return { step: step + 1, waits: false };
  // it asks whom this peer has asked, or this one itself, and is told just now that they do not collect
  if (step === own && (collector === self || tried.has(collector))) return { step, waits: true };
  return { step, collector: collector === self ? undefined : collector, waits: false };
}
