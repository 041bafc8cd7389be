/**
 * The kinds of flags and arguments. Each is optional until `needed` or `withDefault` says otherwise.
 *
 * @module
 */
import { suggestion } from "./_nearest.ts";
import { BrokenRule, type Flag } from "./flag.ts";

/** A flag without a value: given or not. */
export function toggle(does: string): Flag<boolean> {
  return { does, fallback: false, read: () => true };
}

/** A flag whose last text counts where it is given several times. */
function valued<Value>(placeholder: string, does: string, read: (text: string) => Value): Flag<Value | undefined> {
  return { placeholder, does, read: (texts) => read(texts.at(-1)!) as Exclude<Value, undefined> };
}

/** Any text but none at all. */
export function text(placeholder: string, does: string): Flag<string | undefined> {
  return valued(placeholder, does, (text) => text);
}

/** A file or a folder, as it was given. */
export function path(
  placeholder: "FILE" | "DIR" | (string & Record<never, never>),
  does: string,
): Flag<string | undefined> {
  return text(placeholder, does);
}

/** What a text must look like. */
export interface Form {
  /** Goes after "must" in an error, such as "be 40 digits". */
  rule: string;
  form: RegExp;
}

/** A text of a form. */
export function pattern(placeholder: string, does: string, { rule, form }: Form): Flag<string | undefined> {
  return valued(placeholder, does, (text) => {
    if (form.test(text)) return text;
    throw new BrokenRule(rule, text);
  });
}

/** What a number must be. */
export interface Range {
  /** The least allowed. @default unbounded */
  from?: number;
  /** What it must be greater than. @default unbounded */
  above?: number;
  /** The greatest allowed. @default unbounded */
  to?: number;
}

function ruleOf(kind: string, { from, above, to }: Range): string {
  if (above !== undefined) return `be ${kind} above ${above}${to === undefined ? "" : ` and at most ${to}`}`;
  if (from !== undefined) return `be ${kind} ${to === undefined ? `of at least ${from}` : `from ${from} to ${to}`}`;
  return `be ${kind}${to === undefined ? "" : ` of at most ${to}`}`;
}

function numeric(kind: string, range: Range, isOfKind: (value: number) => boolean): (text: string) => number {
  const { from = -Infinity, above = -Infinity, to = Infinity } = range;
  return (text) => {
    const value = text.trim() === "" ? NaN : Number(text);
    if (isOfKind(value) && value >= from && value > above && value <= to) return value;
    throw new BrokenRule(ruleOf(kind, range), text);
  };
}

/** A whole number. */
export function integer(placeholder: string, does: string, range: Range = {}): Flag<number | undefined> {
  return valued(placeholder, does, numeric("an integer", range, Number.isSafeInteger));
}

/** A finite number. */
export function number(placeholder: string, does: string, range: Range = {}): Flag<number | undefined> {
  return valued(placeholder, does, numeric("a number", range, Number.isFinite));
}

/**
 * One of some words; `--help` lists them.
 *
 * @param does what stands before the words, if anything
 */
export function choice<const Words extends readonly string[]>(
  placeholder: string,
  words: Words,
  does = "",
): Flag<Words[number] | undefined> {
  return valued(placeholder, [does, words.join(", ")].filter(Boolean).join(": "), (text) => {
    const found = words.find((word) => word === text);
    if (found === undefined) throw new BrokenRule(`be one of ${words.join(", ")}`, text, suggestion(text, words));
    return found;
  });
}

/** Several different values of a kind, with commas between them. */
export function list<Value>({ read, ...flag }: Flag<Value | undefined>): Flag<Value[] | undefined> {
  return {
    ...flag,
    fallback: undefined,
    read: (texts) => {
      const items = texts.at(-1)!.split(",").map((item) => item.trim());
      if (items.includes("") || new Set(items).size < items.length) {
        throw new BrokenRule("list different values, with commas", texts.at(-1)!);
      }
      return items.map((item) => read([item]) as Value);
    },
  };
}

/** A flag that may be given several times; each value counts. */
export function several<Value>({ read, ...flag }: Flag<Value | undefined>): Flag<Value[]> {
  return { ...flag, fallback: [], read: (texts) => texts.map((text) => read([text]) as Value) };
}

/** All arguments that are left. */
export function rest<Value>({ read, ...flag }: Flag<Value | undefined>, least = 1): Flag<Value[]> {
  return { ...flag, fallback: [], least, read: (texts) => texts.map((text) => read([text]) as Value) };
}
