/**
 * New versions, not yet signed: the first one, and each kind of change.
 *
 * @module
 */
import { encodeBase64 } from "@std/encoding/base64";
import type { Signer } from "../envelope/sender_keys.ts";
import { type Charter, CharterError, charterStatement, type Member, parseCharter } from "./charter.ts";
import type { CharterChain } from "./chain.ts";

/** A first version. @throws {CharterError} if it breaks a rule. */
export function found(
  { settings, ...own }: Pick<Charter, "consortium" | "model" | "settings" | "threshold" | "members">,
): Charter {
  return parseCharter({ ...own, ...(settings && { settings }), version: 1, previous: null, signatures: [] });
}

function next(chain: CharterChain, change: Partial<Pick<Charter, "members" | "threshold">>): Charter {
  const { signatures: _, ...newest } = chain.newest;
  const changed = { version: newest.version + 1, previous: chain.mark.digest, signatures: [], ...change };
  return parseCharter({ ...newest, ...changed });
}

/** The member that `who` names, by name or peer id. @throws {CharterError} if there is none. */
export function memberOf({ members, version }: Charter, who: string): Member {
  const member = members.find(({ name, peer }) => name === who || peer === who);
  if (!member) throw new CharterError(`version ${version} must have a member of this name or peer id: ${who}`);
  return member;
}

/** Adds members. */
export function admit(chain: CharterChain, added: readonly Member[]): Charter {
  return next(chain, { members: [...chain.newest.members, ...added] });
}

/** Removes a member; the threshold falls to `threshold` where it is given. */
export function revoke(chain: CharterChain, who: string, threshold?: number): Charter {
  const gone = memberOf(chain.newest, who);
  const members = chain.newest.members.filter((member) => member !== gone);
  return next(chain, { members, ...(threshold !== undefined && { threshold }) });
}

/** Puts `entry` in the place of the member of the same name. */
export function renew(chain: CharterChain, entry: Member): Charter {
  const before = memberOf(chain.newest, entry.name);
  return next(chain, { members: chain.newest.members.map((member) => member === before ? entry : member) });
}

/** Another number of members that must agree. */
export function setThreshold(chain: CharterChain, threshold: number): Charter {
  if (threshold === chain.newest.threshold) throw new CharterError(`the threshold is ${threshold} already`);
  return next(chain, { threshold });
}

/** `charter` with the signature of `signer` added. @throws {CharterError} if it has signed already. */
export async function sign(charter: Charter, signer: Signer): Promise<Charter> {
  const { peerId: peer, privateKey } = signer;
  if (charter.signatures.some((signature) => signature.peer === peer)) {
    throw new CharterError(`version ${charter.version} is signed by ${peer} already`);
  }
  const signature = encodeBase64(await privateKey.sign(charterStatement(charter)));
  return { ...charter, signatures: [...charter.signatures, { peer, signature }] };
}
