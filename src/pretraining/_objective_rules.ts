/** The rules that an objective lays on the settings of pre-training. */
import { UserError } from "../core/errors.ts";
import { objectives } from "./objectives/registry.ts";
import { type ObjectiveSettings, ownSettings } from "./objectives/settings.ts";

/** What an error says beside the rule. */
interface Place {
  doing: string;
  where: string;
}

/**
 * What a user has set, with what the objective of that name is made of and starts from; anything that is not a known
 * objective's settings is returned as it is, for the schema to refuse.
 *
 * @throws {UserError} if a setting contradicts the objective.
 */
export function withObjectiveSettings(value: unknown, { doing, where }: Place): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const given = value as Record<string, unknown>;
  const { objective = "fcl" } = given;
  const rules = rulesOf(objective);
  if (!rules) return value;
  const { fixed = {}, defaults = {}, reads } = rules;
  for (const [name, set] of Object.entries(given)) {
    if (set === undefined) continue;
    const place = { where: `${where}, field "${name}"`, value: set };
    if (Object.hasOwn(fixed, name)) {
      if (JSON.stringify(set) === JSON.stringify(fixed[name])) continue;
      throw new UserError(
        `${doing}: with the objective "${objective}" it is always ${JSON.stringify(fixed[name])}`,
        place,
      );
    }
    if (ownSettings.some((own) => own === name && !reads.includes(own))) {
      throw new UserError(`${doing}: the objective "${objective}" has no such setting`, place);
    }
  }
  return { ...defaults, ...given, ...fixed };
}

/** What of the settings an objective's form depends on. */
interface Settings {
  readonly objective: string;
  readonly volumes: number;
  readonly projections: readonly { readonly kind: string }[];
}

/** @throws {UserError} if settings that are each well-formed do not fit the objective together. */
export function requireObjectiveFits({ objective, volumes, projections }: Settings, { doing, where }: Place): void {
  const { projection, volumes: fewest = 1 } = rulesOf(objective) ?? {};
  if (projection && !(projections.length === 1 && projections[0].kind === projection)) {
    throw new UserError(`${doing}: the objective "${objective}" takes one projection, of kind "${projection}"`, {
      where: `${where}, field "projections"`,
      value: projections.map(({ kind }) => kind).join(", "),
    });
  }
  if (volumes < fewest) {
    throw new UserError(`${doing}: the objective "${objective}" needs at least ${fewest} volumes a step`, {
      where: `${where}, field "volumes"`,
      value: volumes,
    });
  }
}

function rulesOf(objective: unknown): ObjectiveSettings | undefined {
  return typeof objective === "string" ? objectives.get(objective) : undefined;
}
