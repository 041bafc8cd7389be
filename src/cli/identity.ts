/**
 * `deno task identity --state DIR`: the peer id of a site, for the other sites' lists of members. The keys are made at
 * the first call and stay in DIR.
 *
 * @module
 */
import { createIdentity } from "../mesh/identity.ts";
import { EXIT, parseFlags, runCommand, UsageError } from "./command.ts";

const USAGE = "identity --state DIR";

await runCommand(async () => {
  const { flags: { state } } = parseFlags(Deno.args, { usage: USAGE, string: ["state"] });
  if (typeof state !== "string") throw new UsageError(`the flag --state is needed; usage: ${USAGE}`);
  const { peerId } = await createIdentity(state);
  console.log(peerId);
  Deno.exit(EXIT.ok);
});
