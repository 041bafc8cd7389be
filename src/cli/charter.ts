/**
 * `deno task charter COMMAND …`: who belongs to a consortium. Every site makes its keys, one puts the first version
 * together, as many as it asks for sign it, and every later change goes the same way, as a file by mail; peers pass
 * what is in force on by themselves.
 *
 * @module
 */
import { approve, merge, withdraw } from "./charter/approve.ts";
import { admit, revoke, rotate, threshold } from "./charter/change.ts";
import { create } from "./charter/create.ts";
import { join } from "./charter/join.ts";
import { show, verify } from "./charter/show.ts";
import { EXIT, runCommand, UsageError } from "./command.ts";

const commands: Record<string, { run: (args: readonly string[]) => Promise<void>; does: string }> = {
  join: { run: join, does: "make this site's keys and ask to be entered" },
  create: { run: create, does: "put the first version together, of all sites' requests" },
  show: { run: show, does: "members, threshold, signatures, and fingerprints for the telephone" },
  verify: { run: verify, does: "check every version and signature" },
  approve: { run: approve, does: "sign the version that waits" },
  merge: { run: merge, does: "put signatures of several copies together" },
  withdraw: { run: withdraw, does: "give the version that waits up" },
  admit: { run: admit, does: "add members" },
  revoke: { run: revoke, does: "remove a member" },
  rotate: { run: rotate, does: "renew this site's own keys" },
  threshold: { run: threshold, does: "change how many must sign" },
};

const USAGE = "charter COMMAND … (charter COMMAND --help says more)";

/** Runs one of the commands. */
export async function charterCommand([name, ...args]: readonly string[]): Promise<void> {
  if (name === "--help" || name === undefined) {
    const lines = Object.entries(commands).map(([each, { does }]) => `  ${each.padEnd(10)}${does}`);
    console.log([`usage: ${USAGE}`, ...lines].join("\n"));
    if (name === undefined) throw new UsageError("a command is needed");
    return;
  }
  if (!Object.hasOwn(commands, name)) {
    throw new UsageError(
      `the command must be one of ${Object.keys(commands).join(", ")}, got ${name}; usage: ${USAGE}`,
    );
  }
  await commands[name].run(args);
}

if (import.meta.main) {
  await runCommand(async () => {
    await charterCommand(Deno.args);
    // a dependency's BroadcastChannel would keep the process alive
    Deno.exit(EXIT.ok);
  });
}
