/**
 * Forks: two validly signed charters of one version. Nobody can tell by signatures which of them is meant, so a peer
 * stays with the one that it holds, says who signed what, and leaves the decision to people.
 *
 * @module
 */
import type { CharterChain } from "./chain.ts";
import { type Charter, fingerprint } from "./charter.ts";

/** Two charters of one version. */
export interface CharterFork {
  /** The version that both are. */
  version: number;
  /** Digests. */
  ours: string;
  /** Digest of the other one. */
  theirs: string;
  /** Peer ids: who signed the one, the other, and both, which an honest member does not. */
  signers: { ours: string[]; theirs: string[]; both: string[] };
}

/** The fork between a chain and a valid charter of another branch, whose version the chain holds too. */
export function forkOf(chain: CharterChain, other: { charter: Charter; digest: string }): CharterFork {
  const { version } = other.charter;
  const ours = chain.at(version)!.signatures.map(({ peer }) => peer);
  const theirs = other.charter.signatures.map(({ peer }) => peer);
  return {
    version,
    ours: chain.digestAt(version)!,
    theirs: other.digest,
    signers: { ours, theirs, both: ours.filter((peer) => theirs.includes(peer)) },
  };
}

/** Where two chains of one founding part, if neither holds the other. */
export function forkBetween(chain: CharterChain, other: CharterChain): CharterFork | undefined {
  for (let version = 1; version <= Math.min(chain.version, other.version); version++) {
    const digest = other.digestAt(version)!;
    if (digest !== chain.digestAt(version)) return forkOf(chain, { charter: other.at(version)!, digest });
  }
  return undefined;
}

/** A fork as a sentence, with the names of who signed. */
export function describeFork({ version, ours, theirs, signers }: CharterFork, before: Charter): string {
  const names = new Map(before.members.map(({ peer, name }) => [peer, `${name} (${peer})`]));
  const listed = (peers: readonly string[]) => peers.map((peer) => names.get(peer) ?? peer).join(", ") || "nobody";
  return [
    `the charter has split: there are two valid versions ${version}, and this peer stays with the one it holds, ` +
    `${fingerprint(ours)}, signed by ${listed(signers.ours)}`,
    `the other, ${fingerprint(theirs)}, is signed by ${listed(signers.theirs)}`,
    `both are signed by ${listed(signers.both)}`,
  ].join("; ");
}
