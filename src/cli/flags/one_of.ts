/**
 * Choices among words that only the work itself tells, such as the methods of a protocol.
 *
 * @module
 */
import { UsageError } from "../command.ts";
import { suggestion } from "./_nearest.ts";
import { written } from "./_parse.ts";

/** `value` if it is one of `words`. @throws {UsageError} naming the flag, the words and the nearest. */
export function oneOf<Word extends string>(flag: string, words: readonly Word[], value: string): Word {
  const found = words.find((word) => word === value);
  if (found !== undefined) return found;
  throw new UsageError(
    `the flag ${written(flag)} must be one of ${words.join(", ")}, got ${value}${suggestion(value, words)}`,
  );
}
