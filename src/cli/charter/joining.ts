/**
 * A site's request to be entered in a charter, and the keys that sign it.
 *
 * @module
 */
import { writeNew } from "../../core/files.ts";
import { checkRequestNames, joinRequest, makeMember } from "../../mesh/charter/member.ts";
import { loadIdentity } from "../../mesh/envelope/identity.ts";
import { requireWritable } from "../output_file.ts";
import { explained, hasKeys, inTheWay, present, written } from "./_files.ts";

/** Who asks to be entered, and in what. */
export interface Joining {
  /** The site's state directory. */
  state: string;
  name: string;
  consortium: string;
  /** Where the request goes. */
  out: string;
}

const DOING = "writing the join request";

/**
 * Makes the keys, if they are not there yet, and writes the request; the same one again changes nothing.
 *
 * @returns the site's peer id
 * @throws {UserError} if another file is in its place, or the name or the consortium is none.
 */
export async function writeJoinRequest({ state, name, consortium, out }: Joining): Promise<string> {
  await explained("making a join request", "--name and --consortium", () => checkRequestNames({ consortium, name }));
  const before = await present(DOING, out);
  // without keys it cannot be this site's: none are made in vain
  if (before !== undefined && !await hasKeys(state)) throw inTheWay(DOING, out);
  if (before === undefined) await requireWritable(out, DOING);
  const identity = await loadIdentity(state);
  const request = joinRequest(consortium, await makeMember(identity, { consortium, name }));
  const text = `${JSON.stringify(request, null, 2)}\n`;
  if (before !== undefined && before !== text) throw inTheWay(DOING, out);
  if (before === undefined) await written(DOING, out, () => writeNew(out, text));
  return identity.peerId;
}
