/**
 * What the messages of `/syncytium/average/3` have in common: checked before anything is done with them.
 *
 * @module
 */
import * as v from "valibot";
import { Deadline } from "../../core/deadline.ts";
import type { FrameChannel } from "../protocols/channel.ts";
import { count } from "../protocols/fields.ts";
import { MAX_MASS } from "./state.ts";

/** The remote refused, or sent something that must be refused. */
export class ExchangeRefusedError extends Error {
  override name = "ExchangeRefusedError";
}

/**
 * What the remote sent cannot be averaged, and it is its own doing: other refusals may be an honest one's, whose
 * settings differ, or the remote's of this peer.
 */
export class UnsoundError extends ExchangeRefusedError {}

/** The remote asks for what this peer does not do: another vector, another encoding. It has been told so. */
export class RefusedRequestError extends UnsoundError {}

/** The remote's vector is farther from this peer's than members are, which an honest one's may be for a while. */
export class UnlikeError extends UnsoundError {}

/** A weight of a site. */
export const mass = v.pipe(v.number(), v.gtValue(0), v.maxValue(MAX_MASS));

/** What every request says first: only equal vectors can be averaged. */
export const vectorFields = { layout: v.pipe(v.string(), v.maxLength(200)), values: count };

/** One side of the protocol turns the other away. */
export const busySchema = v.strictObject({ type: v.literal("busy") });

/** One side of the protocol is in another training, where its vector has another layout, or takes no part now. */
export const elsewhereSchema = v.strictObject({ type: v.literal("elsewhere") });

/** One side of the protocol does not take what the other has. */
export const refusedSchema = v.strictObject({
  type: v.literal("refused"),
  reason: v.pipe(v.string(), v.maxLength(1000)),
});

/** How long either side of the protocol waits. */
export interface WaitOptions {
  /** Longest wait for one message or one piece, in milliseconds. */
  stepTimeout: number;
  signal?: AbortSignal;
}

/** The next message, which must come within `stepTimeout` milliseconds and be what `schema` says. */
export async function nextMessage<S extends v.GenericSchema>(
  channel: FrameChannel,
  schema: S,
  { signal, stepTimeout }: WaitOptions,
): Promise<v.InferOutput<S>> {
  using limit = new Deadline(stepTimeout, "waiting for its next message", signal);
  return await channel.receiveMessage<v.InferOutput<S>>((value) => v.parse(schema, value), limit.signal);
}
