/** The version of a charter that waits for signatures. */
import { UserError } from "../../core/errors.ts";
import type { CharterChain } from "../../mesh/charter/chain.ts";
import { type Pending, readCharterFile } from "../../mesh/charter/file.ts";

/** Reads it with the versions in force, if there are any. @throws {UserError} if none waits. */
export async function readWaiting(path: string): Promise<{ chain?: CharterChain; pending: Pending }> {
  const { chain, pending } = await readCharterFile(path);
  if (pending) return { chain, pending };
  throw new UserError(
    `reading the charter: a version must wait for signatures, but version ${chain!.version} is in force`,
    { where: path },
  );
}
