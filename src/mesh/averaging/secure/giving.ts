/**
 * A member's end of its stream to the collector; `collecting.ts` shows the messages.
 *
 * @module
 */
import { encodeBase64 } from "@std/encoding/base64";
import type * as v from "valibot";
import { Deadline } from "../../../core/deadline.ts";
import { world } from "../../../core/world.ts";
import type { FrameChannel } from "../../protocols/channel.ts";
import { isSignedBy } from "../../protocols/place.ts";
import { makeBlob, parseManifest, pullBlob, serveBlob } from "../../protocols/pieces.ts";
import type { Audit } from "../../protocols/traffic.ts";
import { ExchangeRefusedError, nextMessage, UnsoundError, type WaitOptions } from "../_messages.ts";
import type { Snapshot } from "../state.ts";
import type { Exchanged } from "../steps.ts";
import { type Elsewhere, VoidSumError } from "./_errors.ts";
import { completeSchema, confirmedSchema, joinAnswerSchema, sumSchema } from "./messages.ts";
import type { Part } from "./part.ts";
import { bytesOfRing, fromRing, ringOfBytes } from "./ring.ts";
import {
  type Attempt,
  confirmationOf,
  openRoster,
  type Roster,
  type RosterRules,
  type RosterSigner,
} from "./roster.ts";

/** What a member brings. */
export interface GiveOptions extends WaitOptions {
  audit: Audit;
  /** The longest wait for the others, in milliseconds. */
  patience: number;
  rules: Omit<RosterRules, "own">;
  signer: RosterSigner;
  /** The longest that the whole may take once so many members are settled, in milliseconds. */
  longest: (members: number) => number;
}

/** What came of a join. */
export type Given =
  | { state: "done"; mean: Float32Array<ArrayBuffer>; roster: Roster; cost: Pick<Exchanged, "bytes" | "milliseconds"> }
  | { state: "later" | "elsewhere" | "busy" }
  | Closed;

/** The one that was asked is in another step, or in the sum of another collector. */
export interface Closed extends Elsewhere {
  readonly state: "closed";
}

/**
 * Brings `own` to the collector behind `channel`.
 *
 * @throws {VoidSumError} if the collector says that the sum comes to nothing.
 * @throws {UnsoundError} if what it says cannot be.
 */
export async function giveTo(
  channel: FrameChannel,
  { attempt, part, own }: { attempt: Attempt; part: Part; own: Snapshot },
  { audit, patience, rules, signer, longest, ...options }: GiveOptions,
): Promise<Given> {
  const { layout, values, step, collector } = attempt;
  const { signal, stepTimeout } = options;
  const { peer: _, ...entry } = part.entry;
  await channel.sendMessage({ type: "join", layout, values, step, ...entry }, signal);
  const gathering = { ...options, stepTimeout: 2 * patience + stepTimeout };
  const answer = await fromAll(channel, joinAnswerSchema, gathering);
  if (answer.type === "void") throw new VoidSumError(answer.reason);
  if (answer.type === "refused") throw new ExchangeRefusedError(`it refused: ${answer.reason}`);
  if (answer.type === "closed") {
    const { type: state, ...elsewhere } = answer;
    return { state, ...elsewhere };
  }
  if (answer.type !== "roster") return { state: answer.type };

  const began = world.elapsed();
  const roster = await openRoster(attempt, answer.members, { ...rules, own: part.entry });
  const whole = longest(roster.members.length);
  using limit = new Deadline(whole, "the sum as a whole", signal, "not done");
  const waiting: WaitOptions = { stepTimeout: whole, signal: limit.signal }; // for all the others
  const blob = await makeBlob(bytesOfRing(await part.masked(own.vector, roster)));
  const record = { kind: "weights", peer: collector, round: own.round, bytes: blob.data.length } as const;
  const sum = { members: roster.members.length, part: "own, masked" } as const;
  await audit({ time: world.now(), ...record, digest: blob.root, sum });
  await channel.sendMessage({ type: "masked", round: own.round, manifest: blob.manifest }, limit.signal);
  await serveBlob(channel, blob, { stepTimeout, signal: limit.signal });

  unlessVoid(await fromAll(channel, completeSchema, waiting));
  const confirmation = confirmationOf(roster);
  const signature = encodeBase64(await signer.privateKey.sign(confirmation));
  await channel.sendMessage({ type: "confirm", signature }, limit.signal);
  const { signatures } = unlessVoid(await fromAll(channel, confirmedSchema, waiting));
  for (const [k, { peer }] of roster.members.entries()) {
    // only then is it sure that nobody was told another tale, and that the one sum of this vector is of all of them
    if (!await isSignedBy(peer, confirmation, signatures[k] ?? "")) {
      throw new UnsoundError(`it says that ${peer} has confirmed, who has not`);
    }
  }
  await channel.sendMessage({ type: "reveal", seed: encodeBase64(part.reveal()) }, limit.signal);
  const { manifest } = unlessVoid(await fromAll(channel, sumSchema, waiting));
  const pulling = { stepTimeout, signal: limit.signal };
  const bytes = await pullBlob(channel, parseManifest(manifest, { maxBytes: 4 * values }), pulling);
  const mean = fromRing(ringOfBytes(bytes, values), roster.range);
  return { state: "done", mean, roster, cost: { bytes: channel.bytes, milliseconds: world.elapsed() - began } };
}

/** The next message of the collector, once all others have done their part. */
function fromAll<S extends v.GenericSchema>(channel: FrameChannel, schema: S, options: WaitOptions) {
  return channel.idle(() => nextMessage(channel, schema, options));
}

function unlessVoid<T extends { type: string }>(message: T | { type: "void"; reason: string }): Exclude<T, {
  type: "void";
}> {
  if (message.type === "void") throw new VoidSumError((message as { reason: string }).reason);
  return message as Exclude<T, { type: "void" }>;
}
