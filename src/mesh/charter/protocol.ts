/**
 * How members hand charters to each other, `/syncytium/charter/1`: whoever has adopted a newer version tells it,
 * whoever lacks one asks.
 *
 * ```
 * teller: notice {mark}
 *
 * asker                    holder
 * want {version}      ->
 *                    <-    the charter, JSON, as raw bytes | none {}
 * …
 * done {}             ->
 * ```
 *
 * @module
 */
import * as v from "valibot";
import { utf8 } from "../../core/bytes.ts";
import { Deadline } from "../../core/deadline.ts";
import type { FrameChannel } from "../protocols/channel.ts";
import { type Charter, CharterError, decodeCharter } from "./charter.ts";
import type { CharterChain } from "./chain.ts";
import { type CharterMark, markSchema, versionSchema } from "./mark.ts";

/** The protocol's name. */
export const CHARTER_PROTOCOL = "/syncytium/charter/1";

const requestSchema = v.variant("type", [
  v.strictObject({ type: v.literal("notice"), mark: markSchema }),
  v.strictObject({ type: v.literal("want"), version: versionSchema }),
  v.strictObject({ type: v.literal("done") }),
]);

/** Options of a stream's either end. */
export interface CharterStreamOptions {
  signal?: AbortSignal;
  /** Longest wait for one message, in milliseconds. @default 30000 */
  stepTimeout?: number;
}

/** Tells what this peer holds. */
export async function tellCharter(channel: FrameChannel, mark: CharterMark, signal?: AbortSignal): Promise<void> {
  await channel.sendMessage({ type: "notice", mark }, signal);
}

/** Serves one stream: hands out versions of `chain`. Resolves to what a notice said, if the stream was one. */
export async function answerCharter(
  channel: FrameChannel,
  chain: CharterChain,
  { signal, stepTimeout = 30_000 }: CharterStreamOptions = {},
): Promise<CharterMark | undefined> {
  // each version may be asked for twice; beyond that the remote only wastes our line
  for (let left = 2 * chain.version + 1; left > 0; left--) {
    using limit = new Deadline(stepTimeout, "waiting for its request", signal);
    const request = await channel.receiveMessage((value) => v.parse(requestSchema, value), limit.signal);
    if (request.type === "notice") return request.mark;
    if (request.type === "done") return undefined;
    const charter = chain.at(request.version);
    if (charter) await channel.send({ kind: "bytes", payload: utf8(JSON.stringify(charter)) }, limit.signal);
    else await channel.sendMessage({ type: "none" }, limit.signal);
  }
  throw new RangeError("the remote asked for every version more than twice");
}

/** Asks for one version. @throws {CharterError} if there is none, or what comes is no charter. */
export async function askCharter(
  channel: FrameChannel,
  version: number,
  { signal, stepTimeout = 30_000 }: CharterStreamOptions = {},
): Promise<Charter> {
  using limit = new Deadline(stepTimeout, "waiting for a charter", signal);
  await channel.sendMessage({ type: "want", version }, limit.signal);
  const { kind, payload } = await channel.receive(limit.signal);
  if (kind !== "bytes") throw new CharterError(`version ${version} was due, it has none`);
  return decodeCharter(payload);
}

/** Ends asking. */
export async function endAsking(channel: FrameChannel, signal?: AbortSignal): Promise<void> {
  await channel.sendMessage({ type: "done" }, signal);
}
