/** `charter join`: a site makes its keys and asks to be entered. */
import { writeAtomically } from "../../core/files.ts";
import { joinRequest, makeMember, parseJoinRequest } from "../../mesh/charter/member.ts";
import { loadIdentity } from "../../mesh/identity.ts";
import { parseFlags } from "../command.ts";
import { explained, needed, written } from "./_files.ts";

const USAGE = "charter join --state DIR --name NAME --consortium ID [--out FILE]";

const HELP = [
  "Makes this site's keys in DIR, if they are not there yet, and writes a request to be entered in a charter: the",
  "site's name, peer id and public keys, signed by itself. It holds no secret and can go by mail.",
  "  --state DIR       the site's state directory; the private keys never leave it",
  "  --name NAME       how the site is called in the charter",
  "  --consortium ID   the consortium to join",
  "  --out FILE        where the request goes (NAME.join.json)",
];

/** Runs the command. */
export async function join(args: readonly string[]): Promise<void> {
  const parsed = parseFlags(args, { usage: USAGE, help: HELP, string: ["state", "name", "consortium", "out"] });
  const [state, name, consortium] = ["state", "name", "consortium"].map((flag) => needed(parsed, flag, USAGE));
  const { out = `${name}.join.json` } = parsed.flags as { out?: string };
  const identity = await loadIdentity(state);
  const request = joinRequest(consortium, await makeMember(identity, { consortium, name }));
  await explained("making a join request", "--name and --consortium", () => parseJoinRequest(request));
  await written("writing the join request", out, () => writeAtomically(out, `${JSON.stringify(request, null, 2)}\n`));
  console.log(`${out}: ${name}, ${identity.peerId}, asks to join ${consortium}`);
}
