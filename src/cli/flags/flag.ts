/**
 * One flag or argument of a command line, as data.
 *
 * @module
 */

/**
 * A flag (`--steps 3`), a switch (`--json`) or an argument (`FILE`).
 *
 * @typeParam Value what a command gets; with `undefined` in it, what was not given is absent
 */
export interface Flag<Value> {
  /** What stands for the value in the usage, such as N; a switch has none. */
  readonly placeholder?: string;
  /** Its line of `--help`, without the default. */
  readonly does: string;
  /** How `--help` names the default. */
  readonly shown?: string;
  /** Whether it must be given. */
  readonly isNeeded?: boolean;
  /** An argument that takes all that are left: how many at least. */
  readonly least?: number;
  /** The value where it is not given. */
  readonly fallback?: Value;
  /** The value of what was given, of each text where it takes all that are left. @throws {BrokenRule} */
  read(texts: readonly string[]): Exclude<Value, undefined>;
}

/** Flags by their names in camel case: `fineTune` is `--fine-tune`. */
export type Flags = Readonly<Record<string, Flag<unknown>>>;

/** What a command gets of its flags: those without a default may be absent. */
export type Values<F extends Flags> =
  & {
    [Name in keyof F as F[Name] extends Flag<infer V> ? undefined extends V ? never : Name : never]: ValueOf<F[Name]>;
  }
  & {
    [Name in keyof F as F[Name] extends Flag<infer V> ? undefined extends V ? Name : never : never]?: ValueOf<F[Name]>;
  };

type ValueOf<F> = F extends Flag<infer V> ? Exclude<V, undefined> : never;

/** A value that its flag's rule refuses. */
export class BrokenRule extends Error {
  /**
   * @param rule goes after "must", such as "be an integer"
   * @param value as it was given
   * @param hint follows the value: what may have been meant
   */
  constructor(readonly rule: string, readonly value: string, readonly hint: string = "") {
    super(`must ${rule}, got ${value}${hint}`);
  }
}

/** `flag`, which must be given. */
export function needed<Value>(flag: Flag<Value | undefined>): Flag<Value> {
  return {
    ...flag,
    fallback: undefined,
    isNeeded: true,
    read: (texts) => flag.read(texts) as Exclude<Value, undefined>,
  };
}

/**
 * `flag`, which has `value` where it is not given.
 *
 * @param shown how `--help` names it
 */
export function withDefault<Value>(
  flag: Flag<Value | undefined>,
  value: Exclude<Value, undefined>,
  shown: string = String(value),
): Flag<Value> {
  return { ...flag, fallback: value, shown, read: (texts) => flag.read(texts) as Exclude<Value, undefined> };
}
