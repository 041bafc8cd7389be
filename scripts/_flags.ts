/**
 * The values of flags that the scripts share.
 *
 * @module
 */

import { UsageError } from "../src/cli/command.ts";

/** A positive whole number. */
export function whole(flag: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const number = Number(value);
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw new UsageError(`the flag --${flag} must be a positive whole number (got: ${value})`);
}

/** One of some words. */
export function oneOf<Word extends string>(flag: string, words: readonly Word[], value: string): Word {
  const found = words.find((word) => word === value);
  if (found !== undefined) return found;
  throw new UsageError(`the flag --${flag} must be one of ${words.join(", ")} (got: ${value})`);
}
