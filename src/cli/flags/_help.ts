/** The usage of a command in a line, and its help. */
import { type Declared, written } from "./_parse.ts";
import type { Flag } from "./flag.ts";

/** Characters of a line; of a usage and of help. */
const WIDTH = 118;
/** Optional flags are named in a usage while it is no longer than this. */
const USAGE_WIDTH = 100;
/** Where the second column begins, at least. */
const INDENT = 22;

const withPlaceholder = (name: string, { placeholder }: Flag<unknown>) =>
  placeholder === undefined ? written(name) : `${written(name)} ${placeholder}`;

function argumentText({ placeholder, isNeeded, least }: Flag<unknown>): string {
  if (least !== undefined) return least > 0 ? `${placeholder}…` : `[${placeholder}…]`;
  return isNeeded ? `${placeholder}` : `[${placeholder}]`;
}

/** `name`, all that must be given, and as many of the optional flags as a line has room for. */
export function usageOf(name: string, declared: Declared): string {
  const flags = Object.entries(declared.flags);
  const parts = [
    name,
    ...Object.values(declared.arguments).map(argumentText),
    ...flags.filter(([, { isNeeded }]) => isNeeded).map(([flag, of]) => withPlaceholder(flag, of)),
  ];
  const optional = flags.filter(([, { isNeeded }]) => !isNeeded).map(([flag, of]) => `[${withPlaceholder(flag, of)}]`);
  let length = parts.join(" ").length;
  const room = optional.filter((part) => (length += 1 + part.length) <= USAGE_WIDTH);
  return [...parts, ...room, ...(room.length < optional.length ? ["…"] : [])].join(" ");
}

/** Lines of two columns, the second broken at words. */
export function columns(rows: readonly (readonly [string, string])[]): string[] {
  const indent = Math.max(INDENT, ...rows.map(([left]) => left.length + 4));
  return rows.flatMap(([left, right]) => {
    const lines: string[] = [];
    let line = `  ${left}`.padEnd(indent);
    for (const word of right.split(" ")) {
      if (line.trim() !== "" && line.length + word.length > WIDTH) {
        lines.push(line.trimEnd());
        line = " ".repeat(indent);
      }
      line += (line.endsWith(" ") ? "" : " ") + word;
    }
    return [...lines, line.trimEnd()];
  });
}

/** `line` with its first letter as a sentence has it. */
export const capitalised = (line: string) => line.charAt(0).toUpperCase() + line.slice(1);

/** What {@linkcode helpOf} tells. */
export interface HelpOptions {
  starter: string;
  /** As it is called after the starter. */
  name: string;
  does: string;
  notes: readonly string[];
  example: string;
}

/** All lines of a command's help. */
export function helpOf({ starter, name, does, notes, example }: HelpOptions, declared: Declared): string {
  const rows = [
    ...Object.values(declared.arguments).map((of) => [of.placeholder!, of] as const),
    ...Object.entries(declared.flags).map(([flag, of]) => [withPlaceholder(flag, of), of] as const),
  ].map(([left, { does, shown }]) => [left, shown === undefined ? does : `${does} (${shown})`] as const);
  return [
    `usage: ${starter} ${usageOf(name, declared)}`,
    "",
    capitalised(does),
    ...(notes.length > 0 ? ["", ...notes] : []),
    ...(rows.length > 0 ? ["", ...columns(rows)] : []),
    "",
    `example: ${starter} ${name} ${example}`.trimEnd(),
  ].join("\n");
}
