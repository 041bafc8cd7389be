/** Reads a command line by the flags and arguments that a command declares. */
import { parseArgs } from "@std/cli/parse-args";
import { toKebabCase } from "@std/text/to-kebab-case";
import { UsageError } from "../command.ts";
import { suggestion } from "./_nearest.ts";
import { BrokenRule, type Flag, type Flags } from "./flag.ts";

/** A flag as it is written: `fineTune` is `--fine-tune`. */
export const written = (name: string) => `--${toKebabCase(name)}`;

/** What a command declares. */
export interface Declared {
  readonly flags: Flags;
  readonly arguments: Flags;
}

/** What was found, by the names of the declaration; "help" or "version" where that was asked for. */
export type Parsed = "help" | "version" | { flags: Record<string, unknown>; arguments: Record<string, unknown> };

/** @throws {UsageError} naming the flag or argument, the rule and the value; without the usage. */
export function parse(args: readonly string[], declared: Declared): Parsed {
  const flags = Object.entries(declared.flags).map(([name, flag]) => ({ name, flag, key: toKebabCase(name) }));
  const keysOf = (isSwitch: boolean) =>
    flags.filter(({ flag }) => (flag.placeholder === undefined) === isSwitch).map(({ key }) => key);
  const unknown: string[] = [];
  const parsed = parseArgs([...args], {
    boolean: [...keysOf(true), "help", "version"],
    string: [...keysOf(false), "_"],
    collect: keysOf(false),
    alias: { help: "h" },
    unknown: (argument: string, key?: string) => {
      if (key === undefined) return true;
      unknown.push(argument.split("=")[0]);
      return false;
    },
  });
  if (parsed.help) return "help";
  if (parsed.version) return "version";
  if (unknown.length > 0) {
    const known = [...flags.map(({ key }) => `--${key}`), "--help", "--version"];
    throw new UsageError(`unknown flag ${unknown[0]}${suggestion(unknown[0], known)}`);
  }
  const values: Record<string, unknown> = {};
  for (const { name, flag, key } of flags) {
    const given = flag.placeholder === undefined
      ? (parsed[key] ? ["true"] : [])
      : (parsed[key] as string[]).map(String);
    if (given.includes("")) throw new UsageError(`the flag --${key} needs a value`);
    put(values, name, flag, given, `the flag --${key}`);
  }
  return { flags: values, arguments: readArguments(parsed._.map(String), declared.arguments) };
}

function readArguments(given: readonly string[], declared: Flags): Record<string, unknown> {
  const all = Object.entries(declared);
  const least = all.reduce((sum, [, flag]) => sum + (flag.least ?? Number(flag.isNeeded ?? false)), 0);
  const most = all.some(([, flag]) => flag.least !== undefined) ? Infinity : all.length;
  if (given.length < least || given.length > most) {
    const expected = most === least ? least : most === Infinity ? `at least ${least}` : `${least} to ${most}`;
    throw new UsageError(`${expected} argument(s) expected, ${given.length} given`);
  }
  const values: Record<string, unknown> = {};
  const left = [...given];
  for (const [name, flag] of all) {
    put(
      values,
      name,
      flag,
      left.splice(0, flag.least === undefined ? 1 : left.length),
      `the argument ${flag.placeholder}`,
    );
  }
  return values;
}

/** Puts what `flag` makes of the texts that were given; nothing where it is absent. */
function put(
  values: Record<string, unknown>,
  name: string,
  flag: Flag<unknown>,
  given: readonly string[],
  what: string,
) {
  if (given.length === 0) {
    if (flag.isNeeded) throw new UsageError(`${what} is needed`);
    if (flag.fallback !== undefined) values[name] = flag.fallback;
    return;
  }
  try {
    values[name] = flag.read(given);
  } catch (error) {
    if (error instanceof BrokenRule) throw new UsageError(`${what} ${error.message}`);
    throw error;
  }
}
