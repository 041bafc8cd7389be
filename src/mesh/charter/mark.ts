/**
 * What a peer says of its charter in a hello: the digests that name a chain of versions.
 *
 * @module
 */
import * as v from "valibot";
import { hexDigest } from "../protocols/fields.ts";
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

/** The number of a version, in messages. */
export const versionSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(CHARTER_LIMITS.versions));

/** The form of a mark, in a hello. */
export const markSchema: v.GenericSchema<CharterMark> = v.strictObject({
  founding: hexDigest,
  version: versionSchema,
  digest: hexDigest,
});
