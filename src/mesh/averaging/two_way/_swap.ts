/**
 * The part of an exchange in which both sides do the same at the same time: each gives its vector and takes the other's.
 *
 * @module
 */
import { inTurns } from "../../../core/slices.ts";
import type { FrameChannel } from "../../protocols/channel.ts";
import { type Line, mostBytesOver, requireFits } from "../../protocols/line.ts";
import { ENCODING_MARGIN, offerEncoded, sound, swapEncoded } from "../_encoded_transfer.ts";
import { nextMessage, type WaitOptions } from "../_messages.ts";
import { checkDecoded, roomOf } from "../compression/compressor.ts";
import { type CompressedLink, seeingFrom } from "../compression/link.ts";
import type { Judge } from "../judging/judge.ts";
import { likenessInSlices } from "../judging/likeness.ts";
import type { SideOptions } from "../side.ts";
import type { Exchange, Swapped } from "./_exchange.ts";
import { stateSchema } from "./messages.ts";
import type { TwoWayState } from "./state.ts";

/** Options of {@linkcode swap}. */
export interface SwapOptions extends WaitOptions, Required<Pick<SideOptions, "audit">>, Pick<SideOptions, "kept"> {
  judge?: Judge;
}

/**
 * What the other gives will be as long as one's own, which is what is encoded (the state as it is now, where it is not
 * given): that a relay between the two allows too little is told before anything goes.
 *
 * @throws {LineTooSmallError} if it does.
 */
export function requireRoom(
  line: Line | undefined,
  { state, link, own }: { state: TwoWayState; link: CompressedLink; own?: Float32Array },
): void {
  if (!line || 4 * state.length + ENCODING_MARGIN <= mostBytesOver(line)) return;
  requireFits(link.encode(own ?? state.snapshot().vector).bytes.length, line);
}

/** Gives what `exchange` brings in, and takes what the other does. @throws {UnsoundError} if it cannot be mixed. */
export async function swap(channel: FrameChannel, exchange: Exchange, options: SwapOptions): Promise<Swapped> {
  const { peer, state, link, own, weight } = exchange;
  const sent = await inTurns(link.encoding(own.vector));
  const isLossless = sent.decoded === own.vector;
  const blob = await offerEncoded(channel, { peer, encoded: sent, own }, options);
  const { manifest, round, mass: claimed } = await nextMessage(channel, stateSchema, options);
  const mass = options.judge?.massOf(peer, claimed, own) ?? claimed;
  const mixing = isLossless ? state.mixing(own, { mass, weight }) : undefined;
  using unless = new DisposableStack();
  if (mixing) unless.use(mixing);
  const taken = await swapEncoded(channel, {
    ...{ blob, manifest, link, values: state.length },
    ...(isLossless && { memory: () => roomOf(state.memory()) }),
    arrived: async (vector, count) => await mixing?.upTo(vector, count),
  }, options);
  const seen = isLossless ? taken.decoded : await inTurns(seeingFrom(own.vector, sent.decoded, taken.decoded));
  const likeness = mixing?.isDone ? mixing.likeness : await likenessInSlices(own.vector, seen);
  if (!Number.isFinite(likeness.other)) sound(() => checkDecoded(taken.decoded));
  const held = unless.move();
  return { sent, remote: { ...taken, mass, round, likeness }, mixing, [Symbol.dispose]: () => held.dispose() };
}
