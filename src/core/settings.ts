/**
 * Settings that come from outside the program, checked by a schema: one sentence for the first mistake.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import * as v from "valibot";
 * import { integer, parseSettings } from "./settings.ts";
 *
 * const schema = v.strictObject({ rounds: integer(1, 1000) });
 * const { rounds } = parseSettings(schema, { rounds: 5 }, { doing: "reading the configuration", where: "site.json" });
 * assertEquals(rounds, 5);
 * ```
 *
 * @module
 */
import * as v from "valibot";
import { UserError } from "./errors.ts";

/** A type whose every part is read-only. */
export type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T;

/** What people and editors are told of a field beside its rule; it changes nothing of what is accepted. */
export interface About {
  /** What the field says, in a sentence or two. */
  readonly description?: string;
  /** What it is counted or measured in, e.g. "mm", "steps", "rounds". */
  readonly unit?: string;
  /** What holds where the field is left out and no one value is its default, e.g. "as many as there are cores". */
  readonly otherwise?: string;
}

/** A schema for what comes from outside, by what it accepts and what becomes of it. */
type Schema<Input, Output = Input> = v.GenericSchema<Input, Output>;

/** `schema`, with what people are told of it. */
export function described<T extends v.GenericSchema>(
  schema: T,
  { description, ...rest }: About,
): Schema<v.InferInput<T>, v.InferOutput<T>> {
  const told = description === undefined ? schema : v.pipe(schema, v.description(description));
  return Object.keys(rest).length === 0 ? told : v.pipe(told, v.metadata(rest));
}

/** A schema: an integer within [low, high]. */
export function integer(low: number, high: number, about: About = {}): Schema<number> {
  const rule = `must be an integer from ${low} to ${high}`;
  return described(v.pipe(v.number(rule), v.integer(rule), v.minValue(low, rule), v.maxValue(high, rule)), about);
}

/** A schema: a finite number within [low, high]. */
export function finite(low: number, high: number, about: About = {}): Schema<number> {
  const rule = `must be a number from ${low} to ${high}`;
  return described(v.pipe(v.number(rule), v.finite(rule), v.minValue(low, rule), v.maxValue(high, rule)), about);
}

/** Options of {@linkcode triple}. */
export interface TripleOptions extends About {
  /** What an error says of a value that is no list of three. @default "must be a list of three" */
  readonly rule?: string;
}

/** A schema: three times `entry`. */
export function triple<Input, Output>(
  entry: Schema<Input, Output>,
  { rule = "must be a list of three", ...about }: TripleOptions = {},
): Schema<[Input, Input, Input], [Output, Output, Output]> {
  return described(v.strictTuple([entry, entry, entry], rule), about);
}

/** A schema: true or false. */
export function flag(about: About = {}): Schema<boolean> {
  return described(v.boolean("must be true or false"), about);
}

/** A schema: a string that is not empty. */
export function text(about: About = {}): Schema<string> {
  return described(v.pipe(v.string("must be a string"), v.nonEmpty("must not be empty")), about);
}

const ruleOfChoice = (options: readonly string[]) =>
  `must be one of ${options.map((option) => JSON.stringify(option)).join(", ")}`;

/** A schema: one of `options`. */
export function oneOf<const T extends string>(options: readonly T[], about: About = {}): Schema<T> {
  return described(v.picklist(options, ruleOfChoice(options)), about);
}

/** What gives names, those that are added later, too: a registry. */
export interface Names<T extends string = string> {
  /** All of them, in order. */
  readonly names: readonly T[];
}

/** A schema: a name that `registry` holds when the value is checked. */
export function nameIn<T extends string>(registry: Names<T>, about: About = {}): Schema<T> {
  const isKnown = (name: unknown): name is T => registry.names.some((known) => known === name);
  const schema = v.custom<T>(isKnown, () => ruleOfChoice(registry.names));
  return described(v.pipe(schema, v.metadata({ registry })), about);
}

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
function deepFreeze<T>(value: T): DeepReadonly<T> {
  if (typeof value === "object" && value !== null) {
    for (const part of Object.values(value)) deepFreeze(part);
    Object.freeze(value);
  }
  return value as DeepReadonly<T>;
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
): DeepReadonly<v.InferOutput<T>> {
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
