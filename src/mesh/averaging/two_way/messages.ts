/**
 * The messages of an exchange between two peers (`side.ts`).
 *
 * @module
 */
import * as v from "valibot";
import { count } from "../../protocols/fields.ts";
import { busySchema, elsewhereSchema, mass, refusedSchema, vectorFields } from "../_messages.ts";

const reference = v.pipe(v.string(), v.regex(/^([0-9a-f]{16})?$/));

/** The initiator's first word. */
export const offerSchema = v.strictObject({
  type: v.literal("offer"),
  ...vectorFields,
  compression: v.pipe(v.string(), v.maxLength(50)),
  reference,
  step: v.optional(count),
  patient: v.boolean(),
});

/** The responder's answer. */
export const answerSchema = v.variant("type", [
  busySchema,
  elsewhereSchema,
  refusedSchema,
  v.strictObject({ type: v.literal("later") }),
  v.strictObject({
    type: v.literal("accept"),
    reference,
    planned: v.boolean(),
  }),
]);

/** Either side's vector. */
export const stateSchema = v.strictObject({ type: v.literal("state"), mass, round: count, manifest: v.unknown() });

/** "I have everything" and "I have applied it". */
export const signSchema = (type: "commit" | "committed") => v.strictObject({ type: v.literal(type) });
