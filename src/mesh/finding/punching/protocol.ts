/**
 * How two members behind NATs agree to call each other at once, `/syncytium/punch/1`, over the relayed connection that
 * they have: each says where others see its UDP socket, the leading one measures the way there and back, says "now", and
 * waits for half of that before it calls, so that both calls leave in the same moment (as DCUtR does it,
 * https://github.com/libp2p/specs/blob/master/relay/DCUtR.md).
 *
 * @module
 */
import { multiaddr } from "@multiformats/multiaddr";
import * as v from "valibot";
import { world } from "../../../core/world.ts";
import type { FrameChannel } from "../../protocols/channel.ts";
import { addressFault } from "../address_rules.ts";
import { isQuic } from "../multiaddrs.ts";

/** The protocol's name. */
export const PUNCH_PROTOCOL = "/syncytium/punch/1";

/** Addresses that one side may tell, and is called at. */
export const MOST_ADDRESSES = 2;

/** Whether a text is the address of one machine's UDP port over QUIC, without a peer id. */
export function isPlace(text: string): boolean {
  if (!/^\/ip[46]\//.test(text) || text.includes("/p2p/")) return false;
  return addressFault(text, "call", { quic: true }) === undefined && isQuic(multiaddr(text));
}

const addressesSchema = v.strictObject({
  type: v.literal("addresses"),
  addresses: v.pipe(
    v.array(v.pipe(v.string(), v.maxLength(100), v.check(isPlace, "must be such as /ip4/192.0.2.7/udp/4001/quic"))),
    v.maxLength(MOST_ADDRESSES),
  ),
});
const readySchema = v.strictObject({ type: v.literal("ready") });
const nowSchema = v.strictObject({ type: v.literal("now") });

/** What two members have agreed. */
export interface Agreed {
  /** Where to call the other; none: one of them does not know where it is seen. */
  readonly addresses: readonly string[];
  /** Milliseconds until then. */
  readonly wait: number;
}

/** The side that began. */
export async function lead(channel: FrameChannel, own: readonly string[], signal?: AbortSignal): Promise<Agreed> {
  await channel.sendMessage({ type: "addresses", addresses: own }, signal);
  const { addresses } = await channel.receiveMessage((value) => v.parse(addressesSchema, value), signal);
  if (own.length === 0 || addresses.length === 0) return { addresses: [], wait: 0 };
  const asked = world.elapsed();
  await channel.sendMessage({ type: "ready" }, signal);
  await channel.receiveMessage((value) => v.parse(readySchema, value), signal);
  const thereAndBack = world.elapsed() - asked;
  await channel.sendMessage({ type: "now" }, signal);
  return { addresses, wait: thereAndBack / 2 };
}

/** The other side; `own` finds out where it is seen. */
export async function follow(
  channel: FrameChannel,
  own: () => Promise<readonly string[]>,
  signal?: AbortSignal,
): Promise<Agreed> {
  const { addresses } = await channel.receiveMessage((value) => v.parse(addressesSchema, value), signal);
  const seen = addresses.length === 0 ? [] : await own();
  await channel.sendMessage({ type: "addresses", addresses: seen }, signal);
  if (seen.length === 0) return { addresses: [], wait: 0 };
  await channel.receiveMessage((value) => v.parse(readySchema, value), signal);
  await channel.sendMessage({ type: "ready" }, signal);
  await channel.receiveMessage((value) => v.parse(nowSchema, value), signal);
  return { addresses, wait: 0 };
}
