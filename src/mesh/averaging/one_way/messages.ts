/**
 * The messages of a push (`side.ts`).
 *
 * @module
 */
import * as v from "valibot";
import { count } from "../../protocols/fields.ts";
import { busySchema, elsewhereSchema, mass, refusedSchema, vectorFields } from "../_messages.ts";

/** Names one push: the sender's life, drawn anew whenever it starts, and a number in it that grows. */
const nameFields = { life: v.pipe(v.string(), v.uuid()), number: count };

/** The sender's first word. */
export const pushSchema = v.strictObject({
  type: v.literal("push"),
  ...vectorFields,
  ...nameFields,
  compression: v.pipe(v.string(), v.maxLength(50)),
  round: count,
  weight: mass,
  manifest: v.unknown(),
});

/** Asks what became of a push; if it has not come, it must not count when it does. */
export const settleSchema = v.strictObject({ type: v.literal("settle"), ...vectorFields, ...nameFields });

/** What the receiver says to a push. */
export const pushAnswerSchema = v.variant("type", [
  busySchema,
  elsewhereSchema,
  refusedSchema,
  v.strictObject({ type: v.literal("accept"), round: count }),
]);

/** What the receiver says to a settle. */
export const settleAnswerSchema = v.variant("type", [
  busySchema,
  elsewhereSchema,
  refusedSchema,
  v.strictObject({ type: v.literal("settled"), received: v.boolean() }),
]);

/** "I have every byte", "it is yours", "it is mine". */
export const signSchema = (type: "received" | "moved" | "noted") => v.strictObject({ type: v.literal(type) });
