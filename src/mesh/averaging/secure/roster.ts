/**
 * Who is in a sum, and what each has signed of itself for it: pure but for the signatures.
 *
 * Everything that a mask depends on is in the roster's digest: consortium, layout, step, who collects, and every
 * member's key for this attempt. Members that were shown different rosters derive different masks, which do not cancel.
 *
 * @module
 */
import { encodeBase64 } from "@std/encoding/base64";
import * as v from "valibot";
import { type Bytes, sha256, utf8 } from "../../../core/bytes.ts";
import { count, hexDigest } from "../../protocols/fields.ts";
import { isSignedBy } from "../../protocols/place.ts";
import { ExchangeRefusedError, mass, UnsoundError } from "../_messages.ts";
import { believedMass } from "../judging/typical.ts";
import { FEWEST } from "./fewest.ts";
import { RANGES } from "./ring.ts";

/** A range may be so many powers of two above this peer's own: beyond, the sum would be too coarse. */
const MOST_RANGE_ABOVE = 6;

const base64Of = (bytes: number) => v.pipe(v.string(), v.length(4 * Math.ceil(bytes / 3)));

/** A member says how far it was from so many sums that were refused. */
export const MOST_REFUSED = 4;

const refusedSum = v.strictObject({ step: count, distance: v.pipe(v.number(), v.finite(), v.minValue(0)) });

/** What a member says of itself, on the wire, and how far it was from the latest sums that somebody has refused. */
export const ENTRY = {
  key: base64Of(32),
  commitment: hexDigest,
  mass,
  range: v.pipe(v.number(), v.integer(), v.minValue(RANGES.least), v.maxValue(RANGES.most)),
  refused: v.optional(v.pipe(v.array(refusedSum), v.maxLength(MOST_REFUSED))),
  signature: base64Of(64),
};

/** A member in a roster, on the wire. */
export const memberSchema = v.strictObject({ peer: v.pipe(v.string(), v.maxLength(100)), ...ENTRY });

/**
 * A member with such a part of all weight is as far from a mean that it has led away as the others are, so that nobody
 * could tell whose part it was.
 */
const ABOUT_HALF = { from: 0.46, to: 0.54 };

/** What it counts for instead in the sums after one that was refused. */
const LESS_THAN_HALF = 0.4;

/** A member as it has signed itself in. */
export type RosterMember = v.InferOutput<typeof memberSchema>;

/** What an attempt at a sum is about. */
export interface Attempt {
  /** The consortium's name. */
  readonly consortium: string;
  /** Names the order and shapes of the vectors. */
  readonly layout: string;
  /** Of each vector. */
  readonly values: number;
  readonly step: number;
  /** The peer id of the member that collects the parts. */
  readonly collector: string;
}

/** Signs with a peer's identity. */
export interface RosterSigner {
  readonly peerId: string;
  readonly privateKey: { sign(data: Uint8Array): Uint8Array | Promise<Uint8Array> };
}

/** Everybody in a sum, checked. */
export interface Roster {
  /** In the order of their ids. */
  readonly members: readonly RosterMember[];
  /** Names this attempt and nothing else. */
  readonly digest: Bytes;
  /** The range that fits all. */
  readonly range: number;
}

/** How many members must come to a sum: more than half, so that there is one sum a step, and never fewer than three. */
export function quorum(members: number): number {
  return Math.max(FEWEST, Math.floor(members / 2) + 1);
}

function statementOf(attempt: Attempt, member: Omit<RosterMember, "signature">): Bytes {
  const { consortium, layout, values, step, collector } = attempt;
  const { peer, key, commitment, mass, range, refused } = member;
  const before = refused?.map(({ step, distance }) => [step, distance]) ?? [];
  const fields = [consortium, layout, values, step, collector, peer, key, commitment, mass, range, ...before];
  return utf8(`syncytium/secure-sum/join/2 ${JSON.stringify(fields)}`);
}

/** A member signs itself in. */
export async function signIn(
  attempt: Attempt,
  member: Omit<RosterMember, "signature">,
  { privateKey }: RosterSigner,
): Promise<RosterMember> {
  return { ...member, signature: encodeBase64(await privateKey.sign(statementOf(attempt, member))) };
}

/** What a member signs once it knows that all parts are there. */
export function confirmationOf({ digest }: Roster): Bytes {
  return utf8(`syncytium/secure-sum/complete/1 ${digest.toHex()}`);
}

/**
 * The weight of a member, above 0; those of all sum to 1. A mass counts for ten times the middle one at most, and where
 * somebody has refused a sum before, one that has about half of all weight for less: distances from this one tell.
 */
export function weightIn({ members }: Pick<Roster, "members">, peer: string): number {
  const masses = members.map(({ mass }) => mass);
  const believed = masses.map((mass) => believedMass(mass, masses));
  const total = believed.reduce((sum, mass) => sum + mass, 0);
  const weights = believed.map((mass) => mass / total);
  const weight = weights[members.findIndex((member) => member.peer === peer)];
  const halves = weights.filter((one) => one >= ABOUT_HALF.from && one <= ABOUT_HALF.to);
  const [half] = halves;
  if (halves.length !== 1 || !members.some(({ refused = [] }) => refused.length > 0)) return weight;
  return weight === half ? LESS_THAN_HALF : weight * (1 - LESS_THAN_HALF) / (1 - half);
}

/** What {@linkcode openRoster} holds a roster against. */
export interface RosterRules {
  /** All that may be in it. */
  readonly belongs: ReadonlySet<string>;
  /** The fewest that must. */
  readonly least: number;
  /** What this peer has signed, which must be in it as it is. */
  readonly own: RosterMember;
}

/**
 * The roster of `listed`.
 *
 * @throws {ExchangeRefusedError} if it is not one that this peer can give its part to: {@linkcode UnsoundError} where
 * somebody is twice in it or has not signed, or what this peer said of itself was changed; that somebody does not
 * belong, or there are too few, may be so by another version of the charter, which an honest collector goes by.
 */
export async function openRoster(
  attempt: Attempt,
  listed: readonly RosterMember[],
  { belongs, least, own }: RosterRules,
): Promise<Roster> {
  const refuse = (why: string, Refusal: new (message: string) => Error = UnsoundError) => {
    throw new Refusal(`the list of who is in the sum is refused: ${why}`);
  };
  const members = [...listed].sort((a, b) => a.peer < b.peer ? -1 : 1);
  if (new Set(members.map(({ peer }) => peer)).size !== members.length) refuse("somebody is in it twice");
  if (members.length < least) {
    refuse(`it must name at least ${least} members, it names ${members.length}`, ExchangeRefusedError);
  }
  const mine = members.find(({ peer }) => peer === own.peer);
  if (mine?.signature !== own.signature) refuse("it does not hold what this peer has signed");
  for (const member of members) {
    if (!belongs.has(member.peer)) refuse(`${member.peer} is no member`, ExchangeRefusedError);
    if (!await isSignedBy(member.peer, statementOf(attempt, member), member.signature)) {
      refuse(`${member.peer} has not signed what it says of it`);
    }
    if (member.range > own.range + MOST_RANGE_ABOVE) {
      refuse(`the weights of ${member.peer} are up to 2^${member.range}, this peer's up to 2^${own.range}`);
    }
  }
  const statements = members.map((member) => statementOf(attempt, member).toHex()).join(" ");
  return {
    members,
    digest: await sha256(utf8(`syncytium/secure-sum/roster/1 ${statements}`)),
    range: Math.max(...members.map(({ range }) => range)),
  };
}
