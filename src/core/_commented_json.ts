/** JSON with comments (JSONC) as plain JSON. */
import { createScanner } from "jsonc-parser";

/** The scanner's kinds of tokens; its own enumeration exists at compile time only. */
const TOKEN = {
  ...{ openBrace: 1, closeBrace: 2, openBracket: 3, closeBracket: 4, comma: 5, colon: 6 },
  ...{ lineComment: 12, blockComment: 13, lineBreak: 14, blank: 15, end: 17 },
} as const;

const PASSED_OVER: readonly number[] = [TOKEN.lineBreak, TOKEN.blank];
const COMMENTS: readonly number[] = [TOKEN.lineComment, TOKEN.blockComment];
const CLOSING: readonly number[] = [TOKEN.closeBrace, TOKEN.closeBracket];
const BEFORE_ENTRY: readonly number[] = [TOKEN.openBrace, TOKEN.openBracket, TOKEN.comma, TOKEN.colon];

/**
 * `text` with blanks in place of comments and of commas after a last entry: what is wrong with the rest stands where it
 * stood.
 *
 * @throws {RangeError} with a clause, if a comment has no end.
 */
export function withoutComments(text: string): string {
  const scanner = createScanner(text);
  const pieces: string[] = [];
  /** Of what is not yet known to be a last entry's comma. */
  let comma: number | undefined;
  let previous = -1;
  for (let token: number = scanner.scan(); token !== TOKEN.end; token = scanner.scan()) {
    const piece = scanner.getTokenValue();
    if (COMMENTS.includes(token)) {
      if (scanner.getTokenError() !== 0) {
        throw new RangeError(`the comment that begins in line ${scanner.getTokenStartLine() + 1} has no end`);
      }
      pieces.push(piece.replace(/[^\r\n]/g, " "));
      continue;
    }
    pieces.push(text.slice(scanner.getTokenOffset(), scanner.getTokenOffset() + scanner.getTokenLength()));
    if (PASSED_OVER.includes(token)) continue;
    if (CLOSING.includes(token) && comma !== undefined) pieces[comma] = " ";
    comma = token === TOKEN.comma && !BEFORE_ENTRY.includes(previous) ? pieces.length - 1 : undefined;
    previous = token;
  }
  return pieces.join("");
}
