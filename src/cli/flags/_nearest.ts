/** What somebody may have meant by a word that is not known. */
import { levenshteinDistance } from "@std/text/levenshtein-distance";

/** A slip of the hand or two; more is another word. */
const MOST = 2;

/** The known word that `word` may have been meant for, if one is near: it begins alike, or differs by a slip. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const distance = (other: string) => other.startsWith(word) ? 0 : levenshteinDistance(word, other);
  const near = known.filter((other) => distance(other) <= Math.min(MOST, Math.floor(word.length / 2)));
  return near.sort((a, b) => distance(a) - distance(b)).at(0);
}

/** ` (did you mean X?)`, or nothing. */
export function suggestion(word: string, known: readonly string[]): string {
  const near = nearest(word, known);
  return near === undefined ? "" : ` (did you mean ${near}?)`;
}
