/**
 * What time it is at a member, `/syncytium/clock/1`: whoever opens a stream is told, and the stream ends. It is asked by
 * who looks whether all is ready (`deno task doctor`), and served to members before any hello, since it tells nothing
 * else.
 *
 * @module
 */
import * as v from "valibot";
import { world } from "../../core/world.ts";
import type { FrameChannel } from "./channel.ts";

/** The protocol's name. */
export const CLOCK_PROTOCOL = "/syncytium/clock/1";

const messageSchema = v.strictObject({ type: v.literal("clock"), now: v.pipe(v.number(), v.finite()) });

/** Tells the time, in milliseconds since the epoch. */
export async function tellTime(channel: FrameChannel, now: () => number = world.now): Promise<void> {
  await channel.sendMessage({ type: "clock", now: now() });
}

/** How many milliseconds the other's clock is ahead of this one, give or take half of the way there and back. */
export async function askTime(
  open: () => Promise<FrameChannel>,
  { signal, now = world.now }: { signal?: AbortSignal; now?: () => number } = {},
): Promise<number> {
  const asked = now();
  const channel = await open();
  const { now: theirs } = await channel.receiveMessage((value) => v.parse(messageSchema, value), signal);
  return theirs - (asked + now()) / 2;
}
