/**
 * A command: its name, its flags and what it does.
 *
 * @module
 */
import { UserError } from "../../core/errors.ts";
import { enterCallersFolder } from "../_callers_folder.ts";
import { EXIT, runCommand, UsageError } from "../command.ts";
import { helpOf, usageOf } from "./_help.ts";
import { parse } from "./_parse.ts";
import { versionFault, versionLine } from "./_version.ts";
import type { Flags, Values } from "./flag.ts";

/** What a command is given. */
export interface Given<F extends Flags, A extends Flags> {
  flags: Values<F>;
  arguments: Values<A>;
  /** The command line as it was, for what is written down. */
  args: readonly string[];
}

/** Everything there is to say of a command. */
export interface Definition<F extends Flags, A extends Flags> {
  /** As it is called after the starter: "inspect", "charter join". */
  name: string;
  /** What stands before the name. @default "deno task" */
  starter?: "deno task" | "deno run";
  /** In a line. */
  does: string;
  /** Further lines of `--help`. @default none */
  notes?: readonly string[];
  /** Flags by their names in camel case. @default none */
  flags?: F;
  /** Arguments in their order. @default none */
  arguments?: A;
  /** What follows the name in an example. */
  example: string;
  /** Does it; the usage is added to a {@linkcode UsageError}. */
  run(given: Given<F, A>): void | Promise<void>;
}

/** A command that can be run. */
export interface Command<F extends Flags = Flags, A extends Flags = Flags> {
  readonly name: string;
  readonly does: string;
  /** Its declared flags, to be composed into other commands' and to be listed. */
  readonly flags: F;
  /** What `args` give; undefined where they ask for help or the version. @throws {UsageError} naming flag, rule, value and usage. */
  read(args: readonly string[]): Given<F, A> | undefined;
  /** Runs it, or prints its help. @throws {UsageError} */
  run(args: readonly string[]): Promise<void>;
  /** Runs it with the process's own arguments, and ends the process. */
  main(): Promise<void>;
}

/** Makes a command of its definition. */
export function defineCommand<F extends Flags = Record<never, never>, A extends Flags = Record<never, never>>(
  definition: Definition<F, A>,
): Command<F, A> {
  const { name, starter = "deno task", does, notes = [], example } = definition;
  const declared = { flags: definition.flags ?? {}, arguments: definition.arguments ?? {} };
  const read = (args: readonly string[]) => {
    const parsed = parse(args, declared);
    // the declaration says which values there are, and `parse` puts each under its name
    return typeof parsed === "string" ? parsed : { ...parsed, args } as Given<F, A>;
  };
  const withUsage = (error: unknown) =>
    error instanceof UsageError
      ? new UsageError(`${error.message}; usage: ${usageOf(name, declared)}`, { cause: error })
      : error;
  const command: Command<F, A> = {
    name,
    does,
    flags: declared.flags as F,
    read(args) {
      try {
        const given = read(args);
        return typeof given === "string" ? undefined : given;
      } catch (error) {
        throw withUsage(error);
      }
    },
    async run(args) {
      try {
        const given = read(args);
        if (given === "help") console.log(helpOf({ starter, name, does, notes, example }, declared));
        else if (given === "version") console.log(versionLine());
        else await definition.run(given);
      } catch (error) {
        throw withUsage(error);
      }
    },
    main: () => runMain(command),
  };
  return command;
}

/** Runs `command` with the process's own arguments; ends the process, which a dependency may keep alive. */
export async function runMain(command: Pick<Command, "run">): Promise<void> {
  await runCommand(async () => {
    const fault = versionFault(Deno.version.deno);
    if (fault !== undefined) throw new UserError(fault);
    enterCallersFolder();
    await command.run(Deno.args);
    Deno.exit(EXIT.ok);
  });
}
