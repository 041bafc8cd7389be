/** In what a site's settings are not those of its charter. */
import { UserError } from "../core/errors.ts";
import type { CharterSettings } from "../mesh/charter/settings.ts";
import { SHARED_MODE, SHARED_PLAN } from "../settings/shared.ts";
import { textsIn, valueAt } from "./_by_path.ts";

/** Carried for sites that say nothing of it; each may have its own, unless all fine-tune together for as many rounds. */
export const ADVICE: readonly string[] = ["schedule.rounds", "schedule.stepsPerRound", "schedule.exchanges"];

/** What a charter's settings bind its sites to, as text by path. */
export function agreedTexts(settings: CharterSettings): Record<string, string> {
  const isTogether = valueAt(settings, SHARED_MODE) === "federated";
  const free = ADVICE.filter((path) => !isTogether || path !== "schedule.rounds");
  const { plan, ...rest } = settings;
  const texts = Object.entries(textsIn(rest)).filter(([path]) => !free.includes(path));
  // that sites plan together is a setting also where it has no fields
  return { ...Object.fromEntries(texts), ...(plan !== undefined && { [SHARED_PLAN]: planText(settings) }) };
}

const planText = (settings: CharterSettings) => `${valueAt(settings, SHARED_PLAN) ?? "none"}`;

/** A clause for each setting that differs, with both values; of those that only one side has, where there are no others. */
export function differences(own: Readonly<Record<string, string>>, theirs: Readonly<Record<string, string>>): string[] {
  const differing = [...new Set([...Object.keys(theirs), ...Object.keys(own)])]
    .filter((path) => own[path] !== theirs[path]);
  const inBoth = differing.filter((path) => path in own && path in theirs);
  return (inBoth.length > 0 ? inBoth : differing).map((path) =>
    `"${path}" is ${own[path] ?? "not set"} here, ${theirs[path] ?? "not set"} in the charter`
  );
}

/** The refusal of a site whose settings differ. */
export function settingsDiffer(
  lines: readonly string[],
  { doing, where, cause }: { doing: string; where: string; cause?: unknown },
): UserError {
  const rule = `${doing}: what all sites share must be as the charter says; leave these fields out to take its values`;
  return new UserError(rule, { where, lines, cause });
}
