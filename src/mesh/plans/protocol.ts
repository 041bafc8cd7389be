/**
 * What goes over a stream of {@linkcode PLAN_PROTOCOL}: how many statements, by which of them a plan was fixed, if one
 * is, then the statements.
 *
 * @module
 */
import * as v from "valibot";
import type { FrameChannel } from "../protocols/channel.ts";
import { canonical, type Statement, statementSchema } from "./statement.ts";

/** The protocol's name. */
export const PLAN_PROTOCOL = "/syncytium/plan/1";

/** As many statements as any member may pass on. */
const MOST_STATEMENTS = 1_000;

const peerIds = v.pipe(v.array(v.pipe(v.string(), v.maxLength(100))), v.maxLength(MOST_STATEMENTS));
const openingSchema = v.strictObject({
  type: v.literal("plan"),
  statements: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(MOST_STATEMENTS)),
  fixed: v.optional(v.strictObject({ plan: canonical, basis: peerIds })),
});

/** A plan, and the statements that it follows from. */
export interface FixedPlan {
  readonly plan: unknown;
  readonly basis: readonly Statement[];
}

/** What one side gives. */
export interface Given {
  readonly statements: readonly Statement[];
  /** The plan that it goes by, and who said what it follows from. */
  readonly fixed?: { readonly plan: unknown; readonly basis: readonly string[] };
}

/** Gives `statements`, and a plan whose basis is among them. */
export async function give(
  channel: FrameChannel,
  { statements, fixed }: { statements: readonly Statement[]; fixed?: FixedPlan },
  signal: AbortSignal,
): Promise<void> {
  const told = fixed && { plan: fixed.plan, basis: fixed.basis.map(({ peer }) => peer) };
  await channel.sendMessage({ type: "plan", statements: statements.length, ...(told && { fixed: told }) }, signal);
  for (const statement of statements) await channel.sendMessage(statement, signal);
}

/**
 * Takes what the other side gives, of which nothing is verified but its form.
 *
 * @param options.most statements that it may be
 * @throws {RangeError} if it announces more.
 */
export async function receive(
  channel: FrameChannel,
  { most, signal }: { most: number; signal: AbortSignal },
): Promise<Given> {
  const { statements: count, fixed } = await channel.receiveMessage((value) => v.parse(openingSchema, value), signal);
  if (count > most) {
    throw new RangeError(`there must be at most ${most} statements towards the plan, it passes on ${count}`);
  }
  const statements: Statement[] = [];
  while (statements.length < count) {
    statements.push(await channel.receiveMessage((value) => v.parse(statementSchema, value), signal));
  }
  return { statements, ...(fixed && { fixed }) };
}
