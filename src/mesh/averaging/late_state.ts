/**
 * What a peer that comes late takes from one that is further on: the whole vector, uncompressed, and whatever the
 * other's owner gives of its optimiser. Part of `/syncytium/average/3`; nothing of the asker leaves it.
 *
 * ```
 * late peer                            holder
 * fetch {layout, values, kept}  ->
 *                               <-     state {mass, round, manifest} | busy | elsewhere | refused {reason}
 * pulls the vector             <->
 *                               <-     optimiser {manifest?}
 * pulls the optimiser          <->
 * ```
 *
 * `kept` are the roots of transfers that were cut (`protocols/kept_pieces.ts`): a holder whose giving was cut offers
 * the same state again, and only the pieces that are missing travel.
 *
 * @module
 */
import * as v from "valibot";
import { world } from "../../core/world.ts";
import type { FrameChannel } from "../protocols/channel.ts";
import { count, hexDigest } from "../protocols/fields.ts";
import { type Blob, manifestRoot, parseManifest, pullBlob, serveBlob } from "../protocols/pieces.ts";
import type { KeptPieces } from "../protocols/kept_pieces.ts";
import type { Audit } from "../protocols/traffic.ts";
import {
  busySchema,
  elsewhereSchema,
  ExchangeRefusedError,
  mass,
  nextMessage,
  refusedSchema,
  UnsoundError,
  vectorFields,
  type WaitOptions,
} from "./_messages.ts";
import { checkVectorInSlices, type Snapshot } from "./state.ts";

/** Asks for a state. */
export const fetchSchema = v.strictObject({
  type: v.literal("fetch"),
  ...vectorFields,
  kept: v.pipe(v.array(hexDigest), v.maxLength(16)),
});

const answerSchema = v.variant("type", [
  busySchema,
  elsewhereSchema,
  refusedSchema,
  v.strictObject({ type: v.literal("state"), mass, round: count, manifest: v.unknown() }),
]);
const optimiserSchema = v.strictObject({ type: v.literal("optimiser"), manifest: v.optional(v.unknown()) });

/** The state of a peer that is further on. */
export interface LateState extends Snapshot {
  /** What the other's owner gave of its optimiser, opaque here. */
  readonly optimiser?: Uint8Array;
}

/** Whom a late peer asks, and what it goes on from. */
export interface FetchStateOptions {
  /** Ends the asking. */
  signal?: AbortSignal;
  /** Whom to ask. @default all that are there */
  from?: readonly string[];
  /** Why a state of `peer` is not to be gone on from, as half a sentence, if so. @default all are */
  whyNot?: (state: LateState, peer: string) => string | undefined;
}

/** The largest optimiser that is taken beside a vector of `values`: four vectors of its size and 1 MiB. */
function mostOptimiserBytes(values: number): number {
  return 16 * values + 1024 * 1024;
}

/**
 * Asks the peer behind `channel`; `undefined` if it is busy, in another training, or has none. @throws
 * {ExchangeRefusedError} for what cannot be a state.
 */
export async function takeLateState(
  channel: FrameChannel,
  { layout, values }: { layout: string; values: number },
  options: WaitOptions & { kept: KeptPieces },
): Promise<LateState | undefined> {
  await channel.sendMessage({ type: "fetch", layout, values, kept: options.kept.roots() }, options.signal);
  const answer = await nextMessage(channel, answerSchema, options);
  if (answer.type === "refused") throw new ExchangeRefusedError(`it refused: ${answer.reason}`);
  if (answer.type !== "state") return undefined;
  const manifest = parseManifest(answer.manifest, { maxBytes: 4 * values });
  if (manifest.bytes !== 4 * values) {
    throw new UnsoundError(`its vector must hold ${values} values, it offers ${manifest.bytes} bytes`);
  }
  const data = await pullBlob(channel, manifest, options);
  const vector = new Float32Array(data.buffer);
  try {
    await checkVectorInSlices(vector, values);
  } catch (cause) {
    throw new UnsoundError(`its weights are refused: ${(cause as Error).message}`, { cause });
  }
  const state = { vector, mass: answer.mass, round: answer.round };
  try {
    const more = await nextMessage(channel, optimiserSchema, options);
    if (more.manifest === undefined) return state;
    const limits = { maxBytes: mostOptimiserBytes(values) };
    return { ...state, optimiser: await pullBlob(channel, parseManifest(more.manifest, limits), options) };
  } catch (error) {
    options.kept.keep(await manifestRoot(manifest), { data, missing: [] });
    throw error;
  }
}

/** A state ready to be served. */
export interface LateBlobs {
  readonly mass: number;
  readonly round: number;
  readonly vector: Blob;
  readonly optimiser?: Blob;
}

/** Serves a `fetch`. */
export async function giveLateState(
  channel: FrameChannel,
  { peer, blobs: { mass, round, vector, optimiser } }: { peer: string; blobs: LateBlobs },
  { audit, ...options }: WaitOptions & { audit: Audit },
): Promise<void> {
  const give = async (blob: Blob, message: object) => {
    const bytes = blob.data.length;
    await audit({ time: world.now(), kind: "weights", peer, round, bytes, digest: blob.root });
    await channel.sendMessage({ ...message, manifest: blob.manifest }, options.signal);
    await serveBlob(channel, blob, options);
  };
  await give(vector, { type: "state", mass, round });
  if (optimiser) await give(optimiser, { type: "optimiser" });
  else await channel.sendMessage({ type: "optimiser" }, options.signal);
}
