/**
 * `deno task audit FILE`: checks the chain of an audit log.
 *
 * @module
 */
import { messageOf, UserError } from "../core/errors.ts";
import { verifyAuditLog } from "../peer/audit_log.ts";
import { EXIT, parseFlags, runCommand } from "./command.ts";

await runCommand(async () => {
  const { positional: [file] } = parseFlags(Deno.args, { usage: "audit FILE", positional: 1 });
  const records = await verifyAuditLog(file).catch((cause) => {
    if (cause instanceof UserError) throw cause;
    throw new UserError(`verifying the audit log: ${messageOf(cause)}`, { where: file, cause });
  });
  console.log(`${file}: ${records} records, the chain is whole`);
  Deno.exit(EXIT.ok);
});
