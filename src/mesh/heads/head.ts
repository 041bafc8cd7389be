/**
 * A head: what a peer announces of itself, as it stands on the wire and as it is read.
 *
 * @module
 */
import { encodeBase64 } from "@std/encoding/base64";
import { multiaddr } from "@multiformats/multiaddr";
import * as v from "valibot";
import { bytesOf, fromBase64 } from "../../core/bytes.ts";
import { count, hexDigest } from "../protocols/fields.ts";
import { type Place, type PlaceProof, placeSchema, proofSchema } from "../protocols/place.ts";
import { SKETCH_SIZE } from "./sketch.ts";

function isMultiaddr(text: string): boolean {
  try {
    multiaddr(text);
    return true;
  } catch {
    return false;
  }
}

/** Where one peer listens. */
export const addressesSchema = v.pipe(
  v.array(v.pipe(v.string(), v.maxLength(300), v.check(isMultiaddr, "a multiaddr"))),
  v.maxLength(8),
);

const headSchema = v.strictObject({
  epoch: count,
  sequence: count,
  round: count,
  addresses: addressesSchema,
  place: v.optional(placeSchema),
  otherPlace: v.optional(proofSchema),
  layout: v.optional(v.pipe(v.string(), v.maxLength(200))),
  mass: v.optional(v.pipe(v.number(), v.gtValue(0))),
  sketch: v.optional(v.pipe(v.string(), v.length(4 * Math.ceil((SKETCH_SIZE * 4) / 3)))),
  features: v.optional(v.strictObject({
    round: count,
    bytes: count,
    digest: hexDigest,
  })),
  metrics: v.optional(v.pipe(
    v.record(v.pipe(v.string(), v.maxLength(50)), v.pipe(v.number(), v.finite())),
    v.check((metrics) => Object.keys(metrics).length <= 50, "at most 50 metrics"),
  )),
});

/** What a head says of released features: enough to know whether to ask for them, and that the right ones came. */
export interface FeatureDigest {
  /** The round in which they were released. */
  round: number;
  /** Of the sealed blob. */
  bytes: number;
  /** The root of the sealed blob, hexadecimal. */
  digest: string;
}

/** Where a peer stands. */
export interface Head {
  /** The round that the peer has finished, or released the features in; from 0. */
  round: number;
  /** Where it listens, at most 8 multiaddrs: whoever hears a head can call the peer. */
  addresses: string[];
  /** The process that says it. */
  place?: Place;
  /** What that process has signed of another of the peer's key. */
  otherPlace?: PlaceProof;
  /** The layout of the averaged vector, and this site's mass in averaging, once there is a vector. */
  layout?: string;
  /** This site's mass in averaging, above 0. */
  mass?: number;
  /** {@linkcode sketch} of the averaged vector, seeded by its layout. */
  sketch?: Float32Array;
  /** The features that can be asked for. */
  features?: FeatureDigest;
  /** A few figures to show. */
  metrics?: Record<string, number>;
}

/** A head and when it was said. */
export interface StampedHead {
  /** Larger than in every earlier life of the peer. */
  epoch: number;
  /** Grows with every head of a life. */
  sequence: number;
  head: Head;
}

/** What is sent of a head. */
export function headMessage({ epoch, sequence, head: { sketch, ...rest } }: StampedHead): object {
  const encoded = sketch && { sketch: encodeBase64(bytesOf(sketch as Float32Array<ArrayBuffer>)) };
  return { ...rest, epoch, sequence, ...encoded };
}

/** @throws {v.ValiError | RangeError} if `value` is not a head. */
export function parseHead(value: unknown): StampedHead {
  const { epoch, sequence, sketch, ...rest } = v.parse(headSchema, value);
  const head: Head = rest;
  if (sketch !== undefined) {
    head.sketch = new Float32Array(fromBase64(sketch).buffer);
    if (!head.sketch.every(Number.isFinite)) throw new RangeError("a sketch must be finite");
  }
  return { epoch, sequence, head };
}
