/**
 * Whether a charter is what its signatures make it: the first version needs `threshold` of its own members, every later
 * one `threshold` members of the version before, as that version says.
 *
 * @module
 */
import { verifySignature } from "../envelope/sender_keys.ts";
import { type Charter, charterDigest, CharterError, charterStatement, type Member } from "./charter.ts";
import { verifyMember } from "./member.ts";
import { areSameSettings } from "./settings.ts";

/** Who has signed a charter whose everything else is in order, and how many must. */
export interface Approval {
  /** Peer ids, in the order of the signatures. */
  signers: string[];
  needed: number;
}

/** Whether enough have signed. */
export function isInForce({ signers, needed }: Approval): boolean {
  return signers.length >= needed;
}

function checkSuccession(before: Charter, next: Charter, previous: string): void {
  for (const field of ["consortium", "model"] as const) {
    if (next[field] !== before[field]) {
      throw new CharterError(
        `the ${field} of a charter never changes: ${before[field]} in version ${before.version}, ${
          next[field]
        } after it`,
      );
    }
  }
  if (!areSameSettings(next.settings, before.settings)) {
    throw new CharterError(`the settings of a charter never change: version ${next.version} has others than before`);
  }
  if (next.version !== before.version + 1) {
    throw new CharterError(`version ${before.version + 1} must follow version ${before.version}, got ${next.version}`);
  }
  if (next.previous !== previous) {
    throw new CharterError(`version ${next.version} must name version ${before.version} as the one before it`);
  }
}

function sameEntry(a: Member, b: Member): boolean {
  return a.name === b.name && a.hpkePublicKey === b.hpkePublicKey && a.signature === b.signature &&
    a.replaces?.peer === b.replaces?.peer && a.replaces?.signature === b.replaces?.signature;
}

async function checkEntries(before: Charter | undefined, next: Charter): Promise<void> {
  const known = new Map(before?.members.map((member) => [member.peer, member]));
  const present = new Set(next.members.map(({ peer }) => peer));
  for (const member of next.members) {
    const earlier = known.get(member.peer);
    if (earlier && sameEntry(earlier, member)) continue;
    await verifyMember(next.consortium, member);
    const replaced = member.replaces?.peer;
    if (replaced === undefined) continue;
    if (!known.has(replaced)) {
      throw new CharterError(`${member.name} cannot take the place of ${replaced}: it is no member`);
    }
    if (present.has(replaced)) throw new CharterError(`${member.name} takes the place of ${replaced}, which must go`);
  }
}

/**
 * Checks everything but the number of signatures. Without `before`, `next` must be a first version.
 *
 * @throws {CharterError} if a rule is broken, or a signature is not valid or not by who may sign.
 */
export async function assess(next: Charter, before?: Charter): Promise<Approval> {
  if (before) checkSuccession(before, next, await charterDigest(before));
  else if (next.version !== 1) {
    throw new CharterError(`a chain of charters must begin with version 1, got ${next.version}`);
  }
  await checkEntries(before, next);
  const voters = new Set((before ?? next).members.map(({ peer }) => peer));
  const text = charterStatement(next);
  for (const { peer, signature } of next.signatures) {
    if (!voters.has(peer)) {
      throw new CharterError(`version ${next.version} must not be signed by ${peer}, who has no vote`);
    }
    if (!await verifySignature(peer, text, signature)) {
      throw new CharterError(`the signature of ${peer} under version ${next.version} is not valid`);
    }
  }
  return { signers: next.signatures.map(({ peer }) => peer), needed: (before ?? next).threshold };
}

/** Checks everything, the number of signatures too. @throws {CharterError} */
export async function verifyCharter(next: Charter, before?: Charter): Promise<void> {
  const approval = await assess(next, before);
  if (isInForce(approval)) return;
  const { signers, needed } = approval;
  throw new CharterError(`version ${next.version} must have ${needed} signatures, it has ${signers.length}`);
}
