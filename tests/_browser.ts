/**
 * A Chromium for tests that look at pages, and why they do not run where there is none. playwright looks at places that
 * Deno lets only processes with all permissions look at, so what drives the browser is a process of its own.
 */

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome", "/snap/bin/chromium"];

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** Where it is: by SYNCYTIUM_BROWSER, else where systems put it. */
const executable = [Deno.env.get("SYNCYTIUM_BROWSER") ?? [], PLACES].flat().find(isThere);

/** Whether there is one, and the reason to add to a skipped test's name. */
export const browser = {
  missing: executable === undefined,
  reason: executable === undefined ? " (skipped: no Chromium; SYNCYTIUM_BROWSER may name one)" : "",
};

/** Runs a script that drives it, given the browser's path and `args`, and gives the JSON that it prints. */
export async function visit<Found>(script: string, ...args: string[]): Promise<Found> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--allow-all", script, executable!, ...args],
    stdin: "null",
  }).output();
  if (code !== 0) throw new Error(new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout).trim().split("\n").at(-1)!);
}
