/**
 * How every command ends: mistakes as one line, exit codes. What it is given on the command line is the business of
 * `flags/`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { describeError, runCommand, UsageError } from "./command.ts";
 *
 * await runCommand(() => console.log("two sites")); // an error would end the process with its line and exit code
 * const error = new UsageError("reading the command line: a file must be named");
 * assertEquals(describeError(error), "error: reading the command line: a file must be named");
 * ```
 *
 * @module
 */
import { isUserError, messageOf, missingPermission, systemFault, UserError } from "../core/errors.ts";

/** The command line itself was wrong: exit code 2. */
export class UsageError extends UserError {}

/** A signal ended the command before its end: its message, which is no mistake of anybody's, and exit code 130. */
export class Interrupted extends UserError {}

/** Exit codes of every command. */
export const EXIT = { ok: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/**
 * Runs a command's main function: a mistake of the user ends it with one `error: …` line on stderr and exit code 1 (2
 * for the command line itself), anything else with one line, too, and a hint how to see where it came from; a command
 * that is {@linkcode Interrupted} says so and ends with 130.
 */
export async function runCommand(main: () => Promise<void> | void): Promise<void> {
  try {
    await main();
  } catch (error) {
    if (error instanceof Interrupted) {
      console.error(error.message);
      Deno.exit(EXIT.interrupted);
    }
    console.error(describeError(error));
    Deno.exit(error instanceof UsageError ? EXIT.usage : EXIT.failed);
  }
}

/** The line that {@linkcode runCommand} prints; more only where several things are at fault. */
export function describeError(error: unknown): string {
  const inLine = (text: string) => text.replaceAll(/\s*\n\s*/g, " ");
  if (error instanceof UserError && error.lines.length > 0) {
    return [`error: ${inLine(error.headline)}:`, ...error.lines.map((each) => `  ${inLine(each)}`)].join("\n");
  }
  const told = messageOf(error), permission = missingPermission(error);
  const line = inLine(permission === undefined || told.includes(permission) ? told : `${told}; ${permission}`);
  // a full disk and a permission that Deno was not given say what helps
  const isToldWhole = isUserError(error) || systemFault(error) !== undefined ||
    error instanceof Deno.errors.NotCapable;
  if (isToldWhole) return `error: ${line}`;
  const origin = error instanceof Error ? /\s+at .*?([^/\s(]+:\d+:\d+)\)?$/m.exec(error.stack ?? "")?.[1] : undefined;
  return `error: ${line} (unexpected${origin ? `, at ${origin}` : ""}; please report it together with the command)`;
}
