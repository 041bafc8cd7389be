/**
 * What many messages have in common, field by field.
 *
 * @module
 */
import * as v from "valibot";

/** A whole number from 0. */
export const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

/** A SHA-256, hexadecimal. */
export const hexDigest = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
