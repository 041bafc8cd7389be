/**
 * The folder that a task was called from. `deno task` runs commands in the project's folder and says in INIT_CWD where
 * it was called (https://docs.deno.com/runtime/reference/cli/task/#specifying-the-current-working-directory).
 */
import { fromFileUrl, resolve } from "@std/path";

const ROOT = resolve(fromFileUrl(new URL("../../", import.meta.url)));

/** Makes paths on the command line those of the caller; nothing changes for a command that was not begun by a task. */
export function enterCallersFolder(): void {
  const mayLook = [{ name: "env", variable: "INIT_CWD" }, { name: "read", path: ROOT }] as const;
  if (mayLook.some((permission) => Deno.permissions.querySync(permission).state !== "granted")) return;
  const caller = Deno.env.get("INIT_CWD");
  // any other folder was chosen by who started the process; npm sets the variable, too
  if (caller && resolve(Deno.cwd()) === ROOT && isFolder(caller)) Deno.chdir(caller);
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}
