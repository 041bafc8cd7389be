/**
 * What a peer says of its charter in a hello: the digests that name a chain of versions.
 *
 * @module
 */
import * as v from "valibot";
import { CHARTER_LIMITS } from "./charter.ts";

/** What names a chain: the digests of its first and its newest version. */
export interface CharterMark {
  /** Digest of version 1, hexadecimal. */
  readonly founding: string;
  /** The newest version's number. */
  readonly version: number;
  /** Digest of that version, hexadecimal. */
  readonly digest: string;
}

const digest = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));

/** The form of a mark, in a hello. */
export const markSchema: v.GenericSchema<CharterMark> = v.strictObject({
  founding: digest,
  version: v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(CHARTER_LIMITS.versions)),
  digest,
});
