/**
 * From what a remote holds to a longer chain, or to the proof of a fork. Every version is verified before the next is
 * asked for.
 *
 * @module
 */
import { type Charter, charterDigest, CharterError } from "./charter.ts";
import type { CharterChain } from "./chain.ts";
import type { CharterMark } from "./mark.ts";
import { type CharterFork, forkOf } from "./fork.ts";
import { verifyCharter } from "./verify.ts";

/** Versions that are taken at a time, so that what a remote makes this peer hold is bounded. */
const BATCH = 64;

/** What catching up leads to. */
export type CaughtUp = { chain: CharterChain } | { fork: CharterFork };

/** Whether a remote holds something that `chain` does not: newer versions, or others. */
export function holdsMore(chain: CharterChain, theirs: CharterMark): boolean {
  return theirs.founding === chain.mark.founding && theirs.digest !== chain.digestAt(theirs.version);
}

/**
 * Asks for what `chain` lacks, at most 64 versions. `ask` brings the remote's version of a number, well formed.
 *
 * @throws {CharterError} if what comes is not valid, or not what `theirs` promised.
 */
export async function catchUp(
  chain: CharterChain,
  theirs: CharterMark,
  ask: (version: number) => Promise<Charter>,
): Promise<CaughtUp> {
  if (theirs.version <= chain.version) return await findFork(chain, theirs.version, ask);
  const last = Math.min(theirs.version, chain.version + BATCH);
  let longer = chain;
  for (let version = chain.version + 1; version <= last; version++) {
    const next = await asked(ask, version);
    if (next.previous !== longer.mark.digest) {
      if (longer === chain) return await findFork(chain, version, ask);
      throw new CharterError(`version ${version} does not follow version ${version - 1}, both of which it sent`);
    }
    longer = await longer.extend(next);
  }
  if (last === theirs.version && longer.mark.digest !== theirs.digest) {
    throw new CharterError(`version ${last} is not the one that it announced`);
  }
  return { chain: longer };
}

async function asked(ask: (version: number) => Promise<Charter>, version: number): Promise<Charter> {
  const charter = await ask(version);
  if (charter.version !== version) throw new CharterError(`version ${version} was due, it sent ${charter.version}`);
  return charter;
}

/**
 * Goes back from `version`, each the one that the later names, to the first that both sides have an equal version
 * before.
 */
async function findFork(
  chain: CharterChain,
  version: number,
  ask: (version: number) => Promise<Charter>,
): Promise<CaughtUp> {
  let charter = await asked(ask, version);
  while (charter.previous !== chain.digestAt(charter.version - 1)) {
    if (charter.version === 1) throw new CharterError("it holds another first version than it said");
    const { previous } = charter;
    charter = await asked(ask, charter.version - 1);
    if (await charterDigest(charter) !== previous) {
      throw new CharterError(
        `version ${charter.version + 1} does not follow version ${charter.version}, both of which it sent`,
      );
    }
  }
  await verifyCharter(charter, chain.at(charter.version - 1));
  const digest = await charterDigest(charter);
  if (digest === chain.digestAt(charter.version)) throw new CharterError("it holds other versions than it announced");
  return { fork: forkOf(chain, { charter, digest }) };
}
