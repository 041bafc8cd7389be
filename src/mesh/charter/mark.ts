/**
 * What a peer says of its charter in a hello: the digests that name a chain of versions.
 *
 * @module
 */
import * as v from "valibot";
import { CHARTER_LIMITS } from "./charter.ts";

/** What names a chain, for a hello. */
export const markSchema = v.strictObject({
  /** Digest of version 1. */
  founding: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  version: v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(CHARTER_LIMITS.versions)),
  /** Digest of that version. */
  digest: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
});

/** What names a chain: the digests of its first and its newest version. */
export type CharterMark = Readonly<v.InferOutput<typeof markSchema>>;
