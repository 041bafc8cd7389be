/**
 * Text that a person may have written, with whatever editor: in UTF-8, with or without a byte order mark, or in UTF-16
 * with one (Windows' Notepad and PowerShell).
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { decodeText } from "./text_files.ts";
 *
 * assertEquals(decodeText(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61)), "a");
 * assertEquals(decodeText(Uint8Array.of(0xff, 0xfe, 0x61, 0x00)), "a");
 * ```
 *
 * @module
 */
import { withoutComments } from "./_commented_json.ts";
import { messageOf, UserError } from "./errors.ts";

/** Options of {@linkcode readText}. */
export interface ReadTextOptions {
  /** What is being done, for errors: "reading the configuration". */
  doing: string;
  /** What the file is in the sentence of an error. @default "it" */
  what?: string;
  /** The longest file in bytes. @default {2 ** 28} */
  atMost?: number;
}

/** Longer texts are no one's handwriting, and a string of V8 ends at 2^29 characters. */
const LONGEST = 2 ** 28;

/**
 * The text of `bytes`, without its byte order mark.
 *
 * @throws {RangeError} saying what they must be, if they are not text in UTF-8, or in UTF-16 with a byte order mark.
 */
export function decodeText(bytes: Uint8Array): string {
  const starts = (...mark: number[]) => mark.every((byte, i) => bytes[i] === byte);
  if (starts(0xff, 0xfe, 0, 0) || starts(0, 0, 0xfe, 0xff)) throw new RangeError(`must be in UTF-8, not in UTF-32`);
  const encoding = starts(0xff, 0xfe) ? "utf-16le" : starts(0xfe, 0xff) ? "utf-16be" : "utf-8";
  let text: string;
  try {
    text = new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch (cause) {
    const where = encoding === "utf-8" ? `; line ${lineOfDamage(bytes)} is not` : "";
    throw new RangeError(`must be text in ${encoding.toUpperCase()}${where}`, { cause });
  }
  const zero = text.indexOf("\0");
  if (zero >= 0) {
    throw new RangeError("must be text in UTF-8; it holds zero bytes, as binary files and UTF-16 without a mark do");
  }
  return text;
}

/** The first line, from 1, that is not UTF-8. */
function lineOfDamage(bytes: Uint8Array): number {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let line = 1;
  for (let start = 0; start < bytes.length; line++) {
    const end = bytes.indexOf(0x0a, start);
    try {
      decoder.decode(bytes.subarray(start, end < 0 ? bytes.length : end));
    } catch {
      break;
    }
    start = end < 0 ? bytes.length : end + 1;
  }
  return line;
}

/**
 * The text of the file at `path`.
 *
 * @throws {UserError} one sentence that names the file, if it is missing, a folder, not readable, too long, or no text.
 */
export async function readText(path: string, options: ReadTextOptions): Promise<string> {
  const text = await readTextIfThere(path, options);
  if (text === undefined) throw refusal("must exist", path, options);
  return text;
}

/** As {@linkcode readText}; undefined where there is no such file. */
export async function readTextIfThere(path: string, options: ReadTextOptions): Promise<string | undefined> {
  const { atMost = LONGEST } = options;
  let bytes: Uint8Array;
  try {
    const { size, isDirectory } = await Deno.stat(path);
    if (isDirectory) throw refusal("must be a file, not a folder", path, options);
    if (size > atMost) throw refusal(`must be at most ${atMost} bytes, got ${size}`, path, options);
    bytes = await Deno.readFile(path);
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    if (cause instanceof Deno.errors.NotFound || cause instanceof Deno.errors.NotADirectory) return undefined;
    const isForbidden = cause instanceof Deno.errors.PermissionDenied;
    const rule = isForbidden ? "must be readable for this user" : `must be readable: ${messageOf(cause)}`;
    throw refusal(rule, path, options, cause);
  }
  try {
    return decodeText(bytes);
  } catch (cause) {
    throw refusal(messageOf(cause), path, options, cause);
  }
}

/**
 * The value of the JSON file at `path`.
 *
 * @throws {UserError} as {@linkcode readText}, and if the text is no JSON, or an object in it names a field twice.
 */
export async function readJson(path: string, options: ReadTextOptions): Promise<unknown> {
  return parseJson(await readText(path, options), path, options);
}

/**
 * As {@linkcode readJson}, of what people write by hand: with comments and a comma after the last entry, as in JSONC.
 */
export async function readCommentedJson(path: string, options: ReadTextOptions): Promise<unknown> {
  const text = await readText(path, options);
  try {
    return parseJson(withoutComments(text), path, options);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw refusal(`must be JSON; ${cause.message}`, path, options, cause);
  }
}

/** As {@linkcode readJson}; undefined where there is no such file. */
export async function readJsonIfThere(path: string, options: ReadTextOptions): Promise<unknown> {
  const text = await readTextIfThere(path, options);
  return text === undefined ? undefined : parseJson(text, path, options);
}

/** As {@linkcode readJson}, of `text` that was read from `path`. */
export function parseJson(text: string, path: string, options: ReadTextOptions): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    // V8 quotes the text with its line breaks
    const why = text.trim() === "" ? "it is empty" : messageOf(cause).replace(/\s+/g, " ");
    throw refusal(`must be JSON; ${why}`, path, options, cause);
  }
  const twice = repeatedField(text);
  if (twice !== undefined) throw refusal(`must not name the field ${JSON.stringify(twice)} twice`, path, options);
  return value;
}

/** The first field that an object of a JSON text names twice: JSON.parse keeps the last in silence. */
function repeatedField(text: string): string | undefined {
  const open: Set<string>[] = [];
  let previous = "";
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}:]/g)) {
    if (token === "{") open.push(new Set());
    else if (token === "}") open.pop();
    else if (token === ":") {
      const name: string = JSON.parse(previous);
      const fields = open.at(-1)!;
      if (fields.has(name)) return name;
      fields.add(name);
    }
    previous = token;
  }
  return undefined;
}

function refusal(rule: string, path: string, { doing, what = "it" }: ReadTextOptions, cause?: unknown): UserError {
  return new UserError(`${doing}: ${what} ${rule}`, { where: path, cause });
}
