/**
 * A file of charters, `charter.json`: all versions, from the first; the newest may still wait for signatures.
 *
 * @module
 */
import * as v from "valibot";
import { messageOf, UserError } from "../../core/errors.ts";
import { type Charter, CHARTER_LIMITS, CharterError, parseCharter, parseForm } from "./charter.ts";
import { CharterChain } from "./chain.ts";
import { type CharterFiles, charterFiles } from "./charter_files.ts";
import { type Approval, assess, isInForce } from "./verify.ts";

const FORMAT = "syncytium charter 1";

const fileSchema = v.strictObject({
  format: v.literal(FORMAT, `must be "${FORMAT}"`),
  versions: v.pipe(
    v.array(v.unknown(), "must be a list"),
    v.minLength(1, "must hold at least one version"),
    v.maxLength(CHARTER_LIMITS.versions, `must hold at most ${CHARTER_LIMITS.versions} versions`),
  ),
});

/** A version that is in order but not signed by enough. */
export interface Pending {
  charter: Charter;
  approval: Approval;
}

/** What a file of charters holds: at least one of the two. */
export interface CharterFile {
  /** The versions in force. */
  chain?: CharterChain;
  /** The version that waits for signatures. */
  pending?: Pending;
}

/** Takes a file's text apart and verifies every version. @throws {CharterError} naming the rule that is broken. */
export async function parseCharterFile(text: string): Promise<CharterFile> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new CharterError(`it must be JSON: ${messageOf(cause)}`, { cause });
  }
  const { versions } = parseForm(fileSchema, value, "charter file");
  const charters = versions.map(parseCharter);
  let chain: CharterChain | undefined;
  for (const charter of charters.slice(0, -1)) {
    chain = chain ? await chain.extend(charter) : await CharterChain.found(charter);
  }
  const charter = charters.at(-1)!;
  const approval = await assess(charter, chain?.newest);
  if (!isInForce(approval)) return { chain, pending: { charter, approval } };
  return { chain: chain ? await chain.extend(charter) : await CharterChain.found(charter) };
}

/** Reads and verifies the file at `path`. @throws {UserError} naming the file and the rule. */
export async function readCharterFile(path: string, files: CharterFiles = charterFiles): Promise<CharterFile> {
  const read = await readCharterFileIfThere(path, files);
  if (!read) throw new UserError("reading the charter: it must exist", { where: path });
  return read;
}

/** As {@linkcode readCharterFile}; undefined where there is no such file. */
export async function readCharterFileIfThere(path: string, files: CharterFiles): Promise<CharterFile | undefined> {
  const text = await files.read(path);
  if (text === undefined) return undefined;
  try {
    return await parseCharterFile(text);
  } catch (cause) {
    if (!(cause instanceof CharterError)) throw cause;
    throw new UserError(`reading the charter: ${cause.message}`, { where: path, cause });
  }
}

/** Writes versions to `path`; whoever is killed meanwhile leaves the old file or the new one. */
export async function writeCharterFile(
  path: string,
  versions: readonly Charter[],
  files: Pick<CharterFiles, "write"> = charterFiles,
): Promise<void> {
  await files.write(path, `${JSON.stringify({ format: FORMAT, versions }, null, 2)}\n`);
}
