/**
 * What one side of an exchange is: over two-way links `two_way/side.ts`, over one-way ones `one_way/side.ts`, in sums
 * that show nobody's weights `secure/side.ts`.
 *
 * @module
 */
import * as v from "valibot";
import type { FrameChannel } from "../protocols/channel.ts";
import type { KeptPieces } from "../protocols/kept_pieces.ts";
import type { Audit } from "../protocols/traffic.ts";
import { pushSchema, settleSchema } from "./one_way/messages.ts";
import { gatherSchema, joinSchema } from "./secure/messages.ts";
import type { State } from "./state.ts";
import { offerSchema } from "./two_way/messages.ts";

/** What a side works with, over links of either kind. */
export interface SideOptions {
  /** Longest wait for one answer or one piece, in milliseconds. @default 30000 */
  stepTimeout?: number;
  /** Told before weights leave. */
  audit?: Audit;
  /** Where the pieces of broken transfers wait. */
  kept?: KeptPieces;
}

/** How an exchange may begin on the wire. */
export const sideRequestSchema = v.variant("type", [offerSchema, pushSchema, settleSchema, joinSchema, gatherSchema]);

/** The first word of an exchange, checked in form. */
export type SideRequest = v.InferOutput<typeof sideRequestSchema>;

/** What became of an exchange that this side began. */
export type Outcome = { state: "done"; remoteRound: number } | { state: "busy" | "later" | "elsewhere" | "met" };

/** A peer's side of its exchanges, those that it begins and those that it is asked for. */
export interface Side {
  /** The state, once there is one. */
  readonly state: State | undefined;
  /** Whether the asker waits for this peer to come to a step that is its next one, in whatever training. */
  isExpected(request: SideRequest): boolean;
  /**
   * What a request for another layout's vector, or for one while there is none, is answered with.
   *
   * @default `later` where it is expected, else `elsewhere`
   */
  elsewhere?(request: SideRequest): { type: string } | undefined;
  /** Until this peer begins a step again it comes to none: nobody is to wait for it. */
  sitOut(): void;
  /** Whether it has said so, and begun no step since. */
  readonly sitsOut: boolean;
  /** Why a request cannot be served, as a sentence, if so; that the vectors are alike is known. */
  whyNot(request: SideRequest): string | undefined;
  /** Serves it. Resolves to what was averaged, or `undefined` where nothing was. */
  respond(
    channel: FrameChannel,
    peer: string,
    options: { request: SideRequest; signal?: AbortSignal },
  ): Promise<{ remoteRound: number } | undefined>;
}
