/**
 * Settings that come from outside the program, checked by a schema: one sentence for the first mistake.
 *
 * @example
 * ```ts
 * import * as v from "valibot";
 * const schema = v.strictObject({ rounds: integer(1, 1000) });
 * const { rounds } = parseSettings(schema, { rounds: 5 }, { doing: "reading the configuration", where: "site.json" });
 * ```
 *
 * @module
 */
import * as v from "valibot";
import { UserError } from "./errors.ts";
import type { Registry } from "./registry.ts";

/** A type whose every part is read-only. */
export type Deep<T> = T extends object ? { readonly [K in keyof T]: Deep<T[K]> } : T;

/** A schema: an integer within [low, high]. */
export const integer = (low: number, high: number) => {
  const rule = `must be an integer from ${low} to ${high}`;
  return v.pipe(v.number(rule), v.integer(rule), v.minValue(low, rule), v.maxValue(high, rule));
};

/** A schema: a finite number within [low, high]. */
export const finite = (low: number, high: number) => {
  const rule = `must be a number from ${low} to ${high}`;
  return v.pipe(v.number(rule), v.finite(rule), v.minValue(low, rule), v.maxValue(high, rule));
};

/** A schema: three times `entry`. */
export const triple = <T extends v.GenericSchema>(entry: T, rule = "must be a list of three") =>
  v.strictTuple([entry, entry, entry], rule);

/** A schema: true or false. */
export const flag = () => v.boolean("must be true or false");

/** A schema: a string that is not empty. */
export const text = () => v.pipe(v.string("must be a string"), v.nonEmpty("must not be empty"));

/** A schema: one of `options`. */
export const oneOf = <const T extends readonly string[]>(options: T) =>
  v.picklist(options, `must be one of ${options.map((option) => JSON.stringify(option)).join(", ")}`);

/** A schema: the name of a variant that the registry holds when the value is checked. */
export const nameIn = (registry: Registry<{ readonly name: string }>) => {
  const rule = () => `must be one of ${registry.names.map((name) => JSON.stringify(name)).join(", ")}`;
  return v.pipe(v.string(rule), v.check((name) => registry.get(name) !== undefined, rule));
};

/** What an error of {@linkcode parseSettings} says beside the rule. */
export interface ParseSettingsOptions {
  /** What was being done, e.g. "reading the configuration". */
  doing: string;
  /** Where the settings stand: the file, or the field above them. */
  where: string;
  /** The field of the file that the settings are of, as in "methods.fcl". @default none: they are the file */
  within?: string;
}

/** Freezes `value` and everything in it. */
export function deepFreeze<T>(value: T): Deep<T> {
  if (typeof value === "object" && value !== null) {
    for (const part of Object.values(value)) deepFreeze(part);
    Object.freeze(value);
  }
  return value as Deep<T>;
}

/**
 * Checks `value`, fills in the schema's defaults and freezes the result.
 *
 * @throws {UserError} naming the first field at fault, the rule and the value.
 */
export function parseSettings<T extends v.GenericSchema>(
  schema: T,
  value: unknown,
  { doing, where, within }: ParseSettingsOptions,
): Deep<v.InferOutput<T>> {
  const parsed = v.safeParse(schema, value, { abortEarly: true });
  if (parsed.success) return deepFreeze(parsed.output);
  const [issue] = parsed.issues;
  const path = [within, v.getDotPath(issue)].filter((part) => part).join(".");
  const isUnknown = issue.type === "strict_object" && issue.expected === "never";
  const rule = isUnknown
    ? "this field is not known"
    : issue.input === undefined
    ? "this field is missing"
    : issue.type === "strict_object"
    ? "must be an object"
    : issue.message;
  throw new UserError(`${doing}: ${rule}`, {
    where: path ? `${where}, field "${path}"` : where,
    value: isUnknown ? undefined : issue.input,
  });
}
