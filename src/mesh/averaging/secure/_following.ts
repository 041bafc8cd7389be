/** Where to go once the member that was asked into a sum is elsewhere. Pure. */
import type { Elsewhere } from "./_errors.ts";

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
