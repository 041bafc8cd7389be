/**
 * Command lines that are handed on.
 *
 * @module
 */
import { written } from "./_parse.ts";

/** `args` without the flags of these names, all of which take a value; for a command that hands the others on. */
export function without(args: readonly string[], names: readonly string[]): string[] {
  const flags = names.map(written);
  return args.filter((argument, i) =>
    !flags.some((flag) => argument === flag || argument.startsWith(`${flag}=`) || args[i - 1] === flag)
  );
}
