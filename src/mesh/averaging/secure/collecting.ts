/**
 * The collector's end of one member's stream.
 *
 * ```
 * member                                           collector (one of the members, another one each step)
 * join {step, key, commitment, mass, range} ->     waits for the others
 *                                          <-      roster {members}
 * masked {manifest}                        ->
 *                                         <->      pulls the part, adds it to the others'
 *                                          <-      complete
 * confirm {signature}                      ->
 *                                          <-      confirmed {signatures of all}
 * reveal {seed of its own mask}            ->
 *                                          <-      sum {manifest}
 * pulls the sum                           <->
 * ```
 *
 * Whatever fails before `sum` makes the sum void for all, who are told by `void`: nobody has changed anything, nothing
 * that left can be opened any more, and the next step begins with new secrets. Whoever's line breaks later goes without
 * this sum, which the others have: its state is valid, and the mean of all has moved by its part, as where an exchange
 * breaks at its end (`two_way/side.ts`).
 *
 * @module
 */
import * as v from "valibot";
import { messageOf } from "../../../core/errors.ts";
import { fromBase64 } from "../../../core/bytes.ts";
import { Deadline, raceAbort } from "../../../core/deadline.ts";
import { world } from "../../../core/world.ts";
import type { FrameChannel } from "../../protocols/channel.ts";
import { isSignedBy } from "../../protocols/place.ts";
import { parseManifest, pullBlob, serveBlob } from "../../protocols/pieces.ts";
import type { Audit } from "../../protocols/traffic.ts";
import { nextMessage, UnsoundError, type WaitOptions } from "../_messages.ts";
import { MovedError, VoidSumError } from "./_errors.ts";
import { commitmentTo } from "./masks.ts";
import { confirmSchema, maskedSchema, revealSchema } from "./messages.ts";
import { ringOfBytes } from "./ring.ts";
import { confirmationOf, type RosterMember } from "./roster.ts";
import { droppedOutText } from "./_reasons.ts";
import type { Running, Session } from "./session.ts";

/** What a member's stream is served with. */
export interface CollectOptions extends WaitOptions {
  audit: Audit;
  /** Of the collector. */
  round: () => number;
}

/** Serves one member. Resolves to its round, or to `undefined` where the sum came to nothing by another's doing. */
export async function collectFrom(
  channel: FrameChannel,
  { session, member }: { session: Session; member: RosterMember },
  options: CollectOptions,
): Promise<number | undefined> {
  try {
    return await converse(channel, { session, member }, options);
  } catch (error) {
    if (error instanceof MovedError) {
      await channel.sendMessage({ type: "closed", ...error.elsewhere }, options.signal);
      return undefined;
    }
    const failed = error instanceof VoidSumError
      ? error
      : new VoidSumError(droppedOutText(member.peer, messageOf(error)));
    session.leave(member);
    if (!session.isGathering) {
      const fail = (running: Running) => holds(running, member) && running.fail(failed);
      await session.running.then(fail, () => {});
    }
    if (error !== failed) throw error;
    await channel.sendMessage({ type: "void", reason: failed.message.slice(0, 500) }, options.signal);
    return undefined;
  }
}

async function converse(
  channel: FrameChannel,
  { session, member }: { session: Session; member: RosterMember },
  { audit, round, ...options }: CollectOptions,
): Promise<number> {
  const { signal, stepTimeout } = options;
  const { peer, commitment } = member;
  // asked for at once: whoever hangs up while it waits is not in the roster
  const coming = channel.receiveMessage((value) => v.parse(maskedSchema, value), signal);
  coming.catch(() => session.leave(member));
  const forAll = <T>(all: Promise<T>) => channel.idle(() => raceAbort(all, signal));
  const running = await forAll(session.running);
  const { members } = running.roster;
  if (!holds(running, member)) throw new VoidSumError("the sum was begun without this member");
  await channel.sendMessage({ type: "roster", members }, signal);

  const { values } = session.attempt;
  const { round: remoteRound, manifest } = await within(stepTimeout, coming, signal);
  const part = await pullBlob(channel, parseManifest(manifest, { maxBytes: 4 * values }), options);
  running.add(peer, ringOfBytes(part, values));
  await forAll(running.complete);

  await channel.sendMessage({ type: "complete" }, signal);
  const { signature } = await nextMessage(channel, confirmSchema, options);
  if (!await isSignedBy(peer, confirmationOf(running.roster), signature)) {
    throw new UnsoundError("its confirmation is not signed by it");
  }
  running.confirmations.arrive(peer, signature);
  const signatures = await forAll(running.confirmations.all);

  await channel.sendMessage({ type: "confirmed", signatures: members.map((one) => signatures.get(one.peer)) }, signal);
  const seed = fromBase64((await nextMessage(channel, revealSchema, options)).seed);
  if (await commitmentTo(seed) !== commitment) {
    throw new UnsoundError("the seed of its mask is not the one that it had committed itself to");
  }
  running.reveal(peer, seed);

  const blob = await forAll(running.sum);
  const record = { kind: "weights", peer, round: round(), bytes: blob.data.length, digest: blob.root } as const;
  await audit({ time: world.now(), ...record, sum: { members: members.length, part: "all" } });
  await channel.sendMessage({ type: "sum", manifest: blob.manifest }, signal);
  await serveBlob(channel, blob, options);
  return remoteRound;
}

/** Whether the sum is of what this stream has brought, and not of another stream's of the same peer. */
function holds({ roster }: Running, { signature }: RosterMember): boolean {
  return roster.members.some((member) => member.signature === signature);
}

async function within<T>(milliseconds: number, promise: Promise<T>, signal?: AbortSignal): Promise<T> {
  using limit = new Deadline(milliseconds, "waiting for its part", signal);
  return await raceAbort(promise, limit.signal);
}
