/** Why an exchange of weights failed, as one of few kinds, for those who count. */
import { ChannelClosedError } from "../protocols/channel.ts";
import { isBreach, isMalformed } from "../protocols/malformed.ts";
import { CompressionError } from "./compression/compressor.ts";
import type { ExchangeFailure } from "./failure_kinds.ts";
import { ExchangeRefusedError, UnsoundError } from "./_messages.ts";

/** The kind of what an exchange has thrown. */
export function exchangeFailure(error: unknown): ExchangeFailure {
  if (error instanceof DOMException && error.name === "TimeoutError") return "timeout";
  if (error instanceof ChannelClosedError) return "closed";
  if (error instanceof ExchangeRefusedError) return "refused";
  if (isMalformed(error) || error instanceof CompressionError) return "malformed";
  return "other";
}

/**
 * Whether what an exchange has thrown is the remote's own doing, whatever the line did: what it sent is not the protocol
 * or cannot be averaged.
 */
export function isOffence(error: unknown): boolean {
  return error instanceof UnsoundError || error instanceof CompressionError || isBreach(error);
}
