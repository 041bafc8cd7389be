/** Settings by their path in a configuration, as in "network.levels". */

/** A section of a configuration, or all of it. */
export type Section = Readonly<Record<string, unknown>>;

/** Whether `value` has fields. */
export const isSection = (value: unknown): value is Section =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** What stands at `path`; undefined where nothing does. */
export function valueAt(value: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((within, key) => isSection(within) ? within[key] : undefined, value);
}

/** `section` with `value` at `path`, and all else as it was. */
export function withValueAt(section: Section, path: string, value: unknown): Section {
  const [key, ...rest] = path.split(".");
  const within = section[key];
  const inner = rest.length === 0 ? value : withValueAt(isSection(within) ? within : {}, rest.join("."), value);
  return { ...section, [key]: inner };
}

/** Every part of `value` as text, under its path, which begins with `path`. */
export function textsAt(path: string, value: unknown): Record<string, string> {
  if (value === undefined) return {};
  if (!isSection(value)) return { [path]: typeof value === "string" ? value : JSON.stringify(value) };
  return Object.assign({}, ...Object.entries(value).map(([key, part]) => textsAt(`${path}.${key}`, part)));
}

/** Every part of a section as text, by path; nothing of what is none. */
export function textsIn(value: unknown): Record<string, string> {
  return isSection(value) ? Object.assign({}, ...Object.entries(value).map(([key, part]) => textsAt(key, part))) : {};
}

/** What a section says at `paths` and below, as text by path; what is not set is left out. */
export function settingsAt(section: unknown, paths: readonly string[]): Record<string, string> {
  return Object.assign({}, ...paths.map((path) => textsAt(path, valueAt(section, path))));
}
