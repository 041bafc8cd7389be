/**
 * The errors that a caller is meant to catch. Misuse by a programmer throws the built-in errors instead.
 *
 * @module
 */

/** Where and why a user's input was refused; every field that is known is shown. */
export interface UserErrorDetails {
  /** The file, configuration field, flag or peer at fault. */
  where?: string;
  /** The value that was met. */
  value?: unknown;
  /** Where several things are at fault: a clause each. The message has them all; a command gives each its line. */
  lines?: readonly string[];
  /** The underlying error, kept for the log. */
  cause?: unknown;
}

/**
 * A mistake that the user can mend: shown as one sentence, without a stack trace, with a non-zero exit.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { UserError } from "./errors.ts";
 *
 * const rule = "reading a volume: the file must not be empty";
 * const error = new UserError(rule, { where: "case_001.nii.gz", value: "0 bytes" });
 * assertEquals(error.message, "reading a volume: the file must not be empty (case_001.nii.gz: 0 bytes)");
 * ```
 */
export class UserError extends Error {
  /** Always "UserError". */
  override name = "UserError";
  /** File, field or peer at fault. */
  readonly where?: string;
  /** The value that broke the rule. */
  readonly value?: unknown;
  /** What is at fault one by one, where that is told. */
  readonly lines: readonly string[];
  /** The message without those. */
  readonly headline: string;

  /** `rule` says what was being done and what must hold. */
  constructor(rule: string, details: UserErrorDetails = {}) {
    const { where, value, lines = [], cause } = details;
    const shown = value === undefined ? undefined : typeof value === "string" ? value : JSON.stringify(value);
    const place = [where, shown].filter((part) => part !== undefined).join(": ");
    const headline = place ? `${rule} (${place})` : rule;
    super(lines.length > 0 ? `${headline}: ${lines.join("; ")}` : headline, { cause });
    this.headline = headline;
    this.lines = lines;
    this.where = where;
    this.value = value;
  }
}

/**
 * Whether `error` is a {@linkcode UserError}, also after it has crossed from a worker, which keeps only name and
 * message.
 */
export function isUserError(error: unknown): error is Error {
  return error instanceof Error && error.name === "UserError";
}

/** What a system's error means to whoever named the path, and what helps where that is not plain. */
const IN_WORDS: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full; free some of it, or name a place on another",
  EDQUOT: "this user's share of the disk is used up; free some of it, or name a place on another",
  EROFS: "the disk can only be read; name a place on another",
  EACCES: "this user may not",
  EPERM: "this user may not",
  EEXIST: "something else is there already",
  EISDIR: "it is a folder, not a file",
  ENOTDIR: "there is a file where a folder is needed",
  ENOENT: "it is not there, or the folder of it is not",
  ELOOP: "links lead in a circle",
  ENAMETOOLONG: "the name is too long",
  EMFILE: "this process has too many files open; allow it more (ulimit -n)",
};

/** What the system says in `error`, in words; undefined where it is no error of the system's. */
export function systemFault(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") return undefined;
  return IN_WORDS[error.code];
}

/** The message of anything thrown: of the system's errors in words, with the operation and the path. */
export function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const fault = systemFault(error);
  if (fault === undefined) return message;
  const [, operation] = /\(os error \d+\)(?:: (.*))?$/.exec(message) ?? [];
  return operation === undefined ? fault : `${fault}: ${operation}`;
}

/** What Deno was not allowed to do, in its own words, where that is behind `error`. */
export function missingPermission(error: unknown): string | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof Deno.errors.NotCapable) return cause.message;
  }
  return undefined;
}
