/** One line of `text`: control characters, which could move a terminal's cursor, become spaces. */
export function printable(text: string): string {
  // deno-lint-ignore no-control-regex -- these are what must go
  return text.replace(/[\x00-\x1f\x7f-\x9f]+/g, " ");
}
