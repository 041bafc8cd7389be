/**
 * Whether Deno lets this process start others.
 *
 * @module
 */
import { UserError } from "./errors.ts";

/**
 * For whoever will start processes of its own after long work.
 *
 * @param doing what is being done, for the error: "running the demo"
 * @throws {UserError} naming the permission, if Deno does not allow it.
 */
export function requireProcesses(doing: string): void {
  if (Deno.permissions.querySync({ name: "run", command: Deno.execPath() }).state === "granted") return;
  throw new UserError(`${doing}: Deno must be allowed to start processes of its own; give it --allow-run`);
}
