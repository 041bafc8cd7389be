/**
 * The settings that a charter carries: what all its sites share, as a configuration has it. What they mean is the
 * peer's to say; here they are JSON of bounded size and depth, so that a hostile one costs nothing to refuse.
 *
 * @module
 */
import canonicalize from "canonicalize";
import * as v from "valibot";

/** Values by section and field. */
export type CharterSettings = Readonly<Record<string, unknown>>;

/** Levels of objects and lists below the settings themselves, and characters of their JSON. */
const LIMITS = { depth: 6, characters: 64 * 1024 };

const isSection = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function isWithin(value: unknown, depth: number): boolean {
  if (typeof value !== "object" || value === null) return true;
  return depth > 0 && Object.values(value).every((part) => isWithin(part, depth - 1));
}

/** The form of a charter's settings. */
export const charterSettingsSchema: v.GenericSchema<CharterSettings> = v.custom<CharterSettings>(
  (value) => isSection(value) && isWithin(value, LIMITS.depth) && canonicalize(value)!.length <= LIMITS.characters,
  `must be an object of at most ${LIMITS.depth} levels and ${LIMITS.characters} characters`,
);

/** Whether both say the same, or neither says anything. */
export function areSameSettings(one?: CharterSettings, other?: CharterSettings): boolean {
  return canonicalize(one ?? null) === canonicalize(other ?? null);
}
