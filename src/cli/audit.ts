/**
 * `deno task audit FILE`: checks the chain of an audit log.
 *
 * @module
 */
import { messageOf, UserError } from "../core/errors.ts";
import { verifyAuditLog } from "../peer/audit_log.ts";
import { defineCommand, needed, path } from "./flags/mod.ts";

/** The command. */
export const audit = defineCommand({
  name: "audit",
  does: "whether a site's audit log is whole: every record holds the digest of the one before",
  arguments: { file: needed(path("FILE", "the log: audit.jsonl in the site's state directory")) },
  example: "state/audit.jsonl",
  async run({ arguments: { file } }) {
    const records = await verifyAuditLog(file).catch((cause) => {
      if (cause instanceof UserError) throw cause;
      throw new UserError(`verifying the audit log: ${messageOf(cause)}`, { where: file, cause });
    });
    console.log(`${file}: ${records} records, the chain is whole`);
  },
});

if (import.meta.main) await audit.main();
