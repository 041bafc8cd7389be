/** The files that the commands of `charter` read and write, and the site's own keys. */
import { messageOf, UserError } from "../../core/errors.ts";
import { entryAt, writeAtomically } from "../../core/files.ts";
import { readJson } from "../../core/text_files.ts";
import { encodeBase64 } from "@std/encoding/base64";
import * as v from "valibot";
import { type Charter, charterDigest, CharterError, fingerprint } from "../../mesh/charter/charter.ts";
import type { CharterChain } from "../../mesh/charter/chain.ts";
import { type CharterFile, readCharterFile, writeCharterFile } from "../../mesh/charter/file.ts";
import { type JoinRequest, parseJoinRequest } from "../../mesh/charter/member.ts";
import { sign } from "../../mesh/charter/proposals.ts";
import { adoptIdentity, type Identity, whileLocked } from "../../mesh/envelope/identity.ts";

/** Does `work`, whose broken rules become errors that name `where`. */
export async function explained<T>(doing: string, where: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!(cause instanceof CharterError)) throw cause;
    throw new UserError(`${doing}: ${cause.message}`, { where, cause });
  }
}

/** A join request. @throws {UserError} naming the file. */
export async function readRequest(path: string): Promise<JoinRequest> {
  const doing = "reading the join request";
  const value = await readJson(path, { doing });
  return await explained(doing, path, () => parseJoinRequest(value));
}

/** The chain of a charter that can be changed: the first version in force, and no other waiting. @throws {UserError} */
export async function readChangeable(path: string): Promise<CharterChain> {
  const { chain, pending } = await readCharterFile(path);
  if (pending) {
    throw new UserError(
      `changing the charter: version ${pending.charter.version} waits for signatures; first approve it or withdraw it`,
      { where: path },
    );
  }
  return chain!;
}

/** All versions of a file, the waiting one too. */
export function versionsOf({ chain, pending }: CharterFile): Charter[] {
  return [...chain?.versions ?? [], ...(pending ? [pending.charter] : [])];
}

/** Writes a file of charters. @throws {UserError} naming the file. */
export async function writeCharter(path: string, versions: readonly Charter[]): Promise<void> {
  await written("writing the charter", path, () => writeCharterFile(path, versions));
}

/**
 * The text of a file that is to be written and must take no other's place: undefined where there is none.
 *
 * @throws {UserError} if something is there that cannot be read.
 */
export async function present(doing: string, path: string): Promise<string | undefined> {
  try {
    const { isFile } = await Deno.stat(path);
    if (isFile) return await Deno.readTextFile(path);
    throw new UserError(`${doing}: it must be a file, not a folder, a device or a pipe`, { where: path });
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return undefined;
    if (cause instanceof UserError) throw cause;
    throw new UserError(`${doing}: ${messageOf(cause)}`, { where: path, cause });
  }
}

/** The refusal to write over a file. */
export function inTheWay(doing: string, path: string, cause?: unknown): UserError {
  return new UserError(`${doing}: another file is there already, which stays; remove it, or name another with --out`, {
    where: path,
    cause,
  });
}

/** Does `write`, whose failure is an error that names `path`. */
export async function written(doing: string, path: string, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (cause) {
    if (cause instanceof Deno.errors.AlreadyExists) throw inTheWay(doing, path, cause);
    throw new UserError(`${doing}: ${messageOf(cause)}`, { where: path, cause });
  }
}

/** Whether a site's state directory holds keys. */
export async function hasKeys(state: string): Promise<boolean> {
  return await entryAt(`${state}/identity.key`) !== undefined;
}

/** The keys in a site's state directory, which must be there already; renewed ones once `chain` names them. */
export async function readOwnKeys(state: string, chain?: CharterChain): Promise<Identity> {
  if (!await hasKeys(state)) {
    throw new UserError("reading this site's keys: the state directory must hold them (charter join makes them)", {
      where: state,
    });
  }
  return await adoptIdentity(state, ({ peerId, hpkePublicKey }) => {
    const key = encodeBase64(hpkePublicKey);
    return chain === undefined ||
      chain.newest.members.some((each) => each.peer === peerId && each.hpkePublicKey === key);
  });
}

const signedSchema = v.record(v.string(), v.string());

/** What a signature is given for. */
export interface SignOptions {
  state: string;
  identity: Identity;
  /** The charter's file, for errors. */
  file: string;
  /** Whose signatures count. */
  voters: Charter;
  /** Sign although another charter of this version was signed before. */
  again: boolean;
}

/**
 * `charter` with this site's signature. What a site signs is kept in its state directory, because two charters of one
 * version, both signed, split a consortium.
 *
 * @throws {UserError} if the site has no vote, has signed already, or has signed another charter of this version.
 */
export async function signAs(
  charter: Charter,
  { state, identity, file, voters, again }: SignOptions,
): Promise<Charter> {
  const doing = "signing the charter";
  if (!voters.members.some(({ peer }) => peer === identity.peerId)) {
    throw new UserError(`${doing}: only a member of version ${voters.version} may sign version ${charter.version}`, {
      where: file,
      value: identity.peerId,
    });
  }
  const signed = await explained(doing, file, () => sign(charter, identity));
  await whileLocked(state, () => writeSigned(charter, { state, file, again }));
  return signed;
}

/** Writes down which charter this site signs. @throws {UserError} if it has signed another of this version. */
async function writeSigned(charter: Charter, { state, file, again }: Pick<SignOptions, "state" | "file" | "again">) {
  const doing = "signing the charter";
  const path = `${state}/charter-signed.json`;
  const record = await readSigned(path);
  const digest = await charterDigest(charter);
  const place = `${charter.consortium} ${charter.version}`;
  const before = record[place];
  if (before !== undefined && before !== digest && !again) {
    throw new UserError(
      `${doing}: this site has signed another version ${charter.version}, ${
        fingerprint(before)
      }, and if both came into force the ` +
        "charter would split; if that one is given up everywhere, sign this one with --again",
      { where: file, value: fingerprint(digest) },
    );
  }
  await written(
    doing,
    path,
    () => writeAtomically(path, `${JSON.stringify({ ...record, [place]: digest }, null, 2)}\n`),
  );
}

async function readSigned(path: string): Promise<Record<string, string>> {
  try {
    return v.parse(signedSchema, JSON.parse(await Deno.readTextFile(path)));
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return {};
    throw new UserError(`reading what this site has signed: ${messageOf(cause)}`, { where: path, cause });
  }
}
