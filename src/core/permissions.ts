/**
 * Whether Deno lets this process do what it will do after long work.
 *
 * @module
 */
import { UserError } from "./errors.ts";

/** What may be needed: to start processes, or the network within this machine. */
export type Needed = "run" | "net";

const WHAT: Readonly<Record<Needed, string>> = { run: "start processes of its own", net: "listen on 127.0.0.1" };

function descriptorOf(name: Needed): Deno.PermissionDescriptor {
  return name === "run" ? { name, command: Deno.execPath() } : { name, host: "127.0.0.1" };
}

/**
 * For whoever will need it late.
 *
 * @param doing what is being done, for the error: "running the demo"
 * @throws {UserError} naming the first permission that is missing.
 */
export function requirePermissions(doing: string, needed: readonly Needed[]): void {
  for (const name of needed) {
    if (Deno.permissions.querySync(descriptorOf(name)).state === "granted") continue;
    throw new UserError(`${doing}: Deno must be allowed to ${WHAT[name]}; give it --allow-${name}`);
  }
}
