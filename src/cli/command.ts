/**
 * What every command shares: flags parsed strictly, errors as one line, exit codes.
 *
 * @example
 * ```ts
 * await runCommand(async () => {
 *   const { positional, flags } = parseFlags(Deno.args, { usage: "inspect FILE [--json]", boolean: ["json"] });
 *   console.log(positional, flags.json);
 * });
 * ```
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { isUserError, messageOf, UserError } from "../core/errors.ts";

/** The command line itself was wrong: exit code 2. */
export class UsageError extends UserError {}

/** A signal ended the command before its end: its message, which is no mistake of anybody's, and exit code 130. */
export class Interrupted extends UserError {}

/** Exit codes of every command. */
export const EXIT = { ok: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/** Options of {@linkcode parseFlags}. */
export interface FlagRules {
  /** The command as one line, shown in usage errors and by --help. */
  usage: string;
  /** Further lines for --help. */
  help?: readonly string[];
  /** Flags without a value. */
  boolean?: readonly string[];
  /** Flags with a value; given twice, the last counts. */
  string?: readonly string[];
  /** How many positional arguments there must be: exactly, or [least, most]. @default 0 */
  positional?: number | readonly [number, number];
}

/** What {@linkcode parseFlags} found; a flag that was not given is absent (or false). */
export interface Flags {
  positional: string[];
  flags: Record<string, string | boolean | undefined>;
}

/**
 * Parses a command line and refuses whatever the rules do not name. `--help` prints the usage and ends the process.
 *
 * @throws {UsageError} for an unknown flag, a flag without its value, or the wrong number of arguments.
 */
export function parseFlags(args: readonly string[], rules: FlagRules): Flags {
  const { usage, help = [], boolean = [], string = [], positional = 0 } = rules;
  const unknown: string[] = [];
  const parsed = parseArgs([...args], {
    boolean: [...boolean, "help"],
    string: [...string, "_"],
    unknown: (argument: string, key?: string) => {
      if (key === undefined) return true;
      unknown.push(argument);
      return false;
    },
  });
  if (parsed.help) {
    console.log([`usage: ${usage}`, ...help].join("\n"));
    Deno.exit(EXIT.ok);
  }
  if (unknown.length) throw new UsageError(`unknown flag ${unknown[0]}; usage: ${usage}`);
  const flags: Flags["flags"] = {};
  for (const name of boolean) flags[name] = Boolean(parsed[name]);
  for (const name of string) {
    const given = parsed[name];
    const value = Array.isArray(given) ? given.at(-1) : given;
    if (value === "") throw new UsageError(`the flag --${name} needs a value; usage: ${usage}`);
    if (value !== undefined) flags[name] = String(value);
  }
  const values = parsed._.map(String);
  const [least, most] = typeof positional === "number" ? [positional, positional] : positional;
  if (values.length < least || values.length > most) {
    const expected = least === most ? `${least}` : `${least} to ${most}`;
    throw new UsageError(`${expected} argument(s) expected, ${values.length} given; usage: ${usage}`);
  }
  return { positional: values, flags };
}

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

/** The line that {@linkcode runCommand} prints. */
export function describeError(error: unknown): string {
  const line = messageOf(error).replaceAll(/\s*\n\s*/g, " ");
  if (isUserError(error)) return `error: ${line}`;
  const origin = error instanceof Error ? /\s+at .*?([^/\s(]+:\d+:\d+)\)?$/m.exec(error.stack ?? "")?.[1] : undefined;
  return `error: ${line} (unexpected${origin ? `, at ${origin}` : ""}; please report it together with the command)`;
}
