/**
 * The messages of a sum (`collecting.ts`, `giving.ts`), all over the one stream that a member opens to the collector.
 *
 * @module
 */
import * as v from "valibot";
import { count } from "../../protocols/fields.ts";
import { busySchema, elsewhereSchema, refusedSchema, vectorFields } from "../_messages.ts";
import { ENTRY, memberSchema } from "./roster.ts";

const signature = ENTRY.signature;

/** A member's first word. */
export const joinSchema = v.strictObject({ type: v.literal("join"), ...vectorFields, step: count, ...ENTRY });

/** The word of one that gathers a sum, to all who are there. */
export const gatherSchema = v.strictObject({ type: v.literal("gather"), ...vectorFields, step: count });

const laterSchema = v.strictObject({ type: v.literal("later") });

/** The one that is asked does not come to that sum: `_errors.ts` says what the fields mean. */
const closedSchema = v.strictObject({
  type: v.literal("closed"),
  step: count,
  collector: v.optional(v.pipe(v.string(), v.maxLength(100))),
  made: v.optional(v.boolean()),
});

/** What a gatherer's word is answered with: `closed` if it need not wait for this member. */
export const gatherAnswerSchema = v.variant("type", [
  busySchema,
  elsewhereSchema,
  refusedSchema,
  laterSchema,
  closedSchema,
]);

/** The collector gives the sum up: nobody has changed anything by it. */
const voidSchema = v.strictObject({ type: v.literal("void"), reason: v.pipe(v.string(), v.maxLength(500)) });

/** What a join is answered with: in the end, who is in the sum. */
export const joinAnswerSchema = v.variant("type", [
  busySchema,
  elsewhereSchema,
  refusedSchema,
  voidSchema,
  laterSchema,
  closedSchema,
  v.strictObject({ type: v.literal("roster"), members: v.pipe(v.array(memberSchema), v.maxLength(180)) }),
]);

/** A member's part. */
export const maskedSchema = v.strictObject({ type: v.literal("masked"), round: count, manifest: v.unknown() });

/** All parts are there. */
export const completeSchema = v.variant("type", [voidSchema, v.strictObject({ type: v.literal("complete") })]);

/** A member has heard so, and signs it. */
export const confirmSchema = v.strictObject({ type: v.literal("confirm"), signature });

/** All have, in the order of the roster. */
export const confirmedSchema = v.variant("type", [
  voidSchema,
  v.strictObject({ type: v.literal("confirmed"), signatures: v.pipe(v.array(signature), v.maxLength(180)) }),
]);

/** The seed of a member's own mask. */
export const revealSchema = v.strictObject({ type: v.literal("reveal"), seed: ENTRY.key });

/** The sum of all. */
export const sumSchema = v.variant("type", [
  voidSchema,
  v.strictObject({ type: v.literal("sum"), manifest: v.unknown() }),
]);
