/**
 * How the one that collects a sum gathers its members.
 *
 * It tells all who are there that it gathers, since others may have begun to gather, or have asked somebody else, while
 * this one was not to be reached or not yet in the step. Of two that gather the same step's sum the later in turn leaves
 * its own for the other's, and so do those who have come to it. Whoever says that it is in a later step, has done this
 * one, or gives to one that this peer cannot reach is not waited for; where too few are left without them, all go where
 * the one is that is furthest. Nothing has been masked by then, so a sum that is left costs nobody anything, and
 * what was signed for it is of no use for another.
 *
 * @module
 */
import { Deadline, raceAbort, sleep } from "../../../core/deadline.ts";
import { world } from "../../../core/world.ts";
import { nextMessage } from "../_messages.ts";
import { isOffence } from "../failure.ts";
import type { Reach } from "../steps.ts";
import { furthest, isToFollow } from "./_following.ts";
import { gatherAnswerSchema } from "./messages.ts";
import type { RosterMember } from "./roster.ts";
import type { Session } from "./session.ts";

/** The longest that a gatherer does not look who is there, in milliseconds. */
const LOOKING_INTERVAL = 500;

/** What {@linkcode gather} works with. */
export interface GatherOptions {
  reach: Reach;
  /** Who is waited for now, unless it says that it does not come. */
  expected: () => readonly string[];
  /** The fewest that must come. */
  least: number;
  /** Whether `peer` is not to collect, whatever its turn. @default anybody may */
  isPassedOver?: (peer: string) => boolean;
  /** When nobody is waited for any longer (world.elapsed()). */
  until: number;
  /** Longest wait for one answer, in milliseconds. */
  stepTimeout: number;
  signal: AbortSignal;
}

/**
 * Waits until all who are expected have come, and closes the session.
 *
 * @returns those who have, this peer among them.
 * @throws {MovedError} if the sum is left for another one.
 */
export async function gather(
  session: Session,
  { expected, least, until, ...telling }: GatherOptions,
): Promise<RosterMember[]> {
  const { reach, signal } = telling;
  const told = new Set<string>();
  await sleep(0, signal); // whoever has asked before this peer was there comes now
  while (session.isGathering) {
    const missing = expected().filter((peer) => !session.joined.includes(peer));
    const open = missing.filter((peer) => !session.away.has(peer));
    const isLost = session.away.size > 0 && session.joined.length + open.length < least;
    const best = isLost ? furthest([...session.away.values()]) : undefined;
    if (best && isToFollow(best, session.attempt.step)) session.moveTo(best);
    if (isLost || open.length === 0 || world.elapsed() >= until) break;
    const present = reach.present();
    for (const peer of told) if (!present.includes(peer)) told.delete(peer);
    for (const peer of present) {
      if (told.has(peer) || session.joined.includes(peer)) continue;
      told.add(peer);
      void tell(peer, { session, ...telling });
    }
    using limit = new Deadline(Math.min(until - world.elapsed(), LOOKING_INTERVAL), "waiting for members", signal);
    await raceAbort(session.changed, limit.signal).catch(() => signal.throwIfAborted());
  }
  return session.close();
}

/** Tells `peer` that this one gathers, and notes where it is. Never throws: one that does not answer may yet come. */
async function tell(
  peer: string,
  { session, reach, isPassedOver = () => false, stepTimeout, signal }:
    & { session: Session }
    & Pick<GatherOptions, "reach" | "isPassedOver" | "stepTimeout" | "signal">,
): Promise<void> {
  const { layout, values, step, collector: self } = session.attempt;
  try {
    const answer = await reach.open(peer, async (channel) => {
      await channel.sendMessage({ type: "gather", layout, values, step }, signal);
      return await channel.idle(() => nextMessage(channel, gatherAnswerSchema, { stepTimeout, signal }));
    }, signal);
    if (answer.type !== "closed" || answer.step < step) return;
    const { type: _, ...elsewhere } = answer;
    const { collector } = elsewhere;
    const isAlone = collector === peer && isPassedOver(peer);
    // it does not yield
    if (answer.step === step && collector === peer && !isAlone) return session.moveTo(elsewhere);
    // whom it asks, this peer tells, too, where it can
    const isOpen = answer.step === step && collector !== undefined && !isAlone &&
      (collector === self || reach.present().includes(collector));
    if (!isOpen) session.leaveOut(peer, elsewhere);
  } catch (error) {
    if (isOffence(error)) reach.blame(peer, error);
  }
}
