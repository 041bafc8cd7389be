/**
 * What averaging is told of the other members, and whom it tells what they did.
 *
 * @module
 */
import type { Warning } from "../protocols/peers.ts";
import { compressors } from "./compression/compressors.ts";
import { type Announced, Judge } from "./judging/judge.ts";

/** What is known of the other members' conduct, and what they announce. */
export interface Trust {
  /** What they announce of the training under way. */
  announced(): readonly Announced[];
  /** Why nothing is taken of `peer` now, as half a sentence; undefined: it is. */
  whyPaused(peer: string): string | undefined;
  /** What `peer` sent had to be refused: why, as a sentence. */
  offence(peer: string, what: string): void;
  /** What `peer` sent was averaged. */
  good(peer: string): void;
}

/** All members but this peer, present or not. */
export function othersOf(
  { identity, members }: { identity: { readonly peerId: string }; members: () => readonly string[] },
): string[] {
  return members().filter((peer) => peer !== identity.peerId);
}

/** The judge of what members send to be averaged; none where all that has the right form is believed. */
export function judgeOf(
  { trust, averaging, identity, members, emit }: {
    trust?: Trust;
    averaging: { readonly compression: string };
    identity: { readonly peerId: string };
    members: () => readonly string[];
    emit: (event: Warning) => void;
  },
): Judge | undefined {
  return trust && new Judge({
    announced: () => trust.announced(),
    others: () => othersOf({ identity, members }).length,
    lossless: compressors.named(averaging.compression).lossless,
    capped: (peer, claimed, believed) => {
      const message = `averaging: its mass of ${claimed} counts as ${believed}, ten times what is typical of members`;
      emit({ type: "warning", message, peer });
    },
    cappedShare: (peer, weight, believed) => {
      const message = `averaging: a share of weight ${weight} counts as one of ${believed}, all masses together`;
      emit({ type: "warning", message, peer });
    },
  });
}
