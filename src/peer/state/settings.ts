/**
 * Under which settings a checkpoint goes on: those that made it.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { differences } from "./settings.ts";
 *
 * const found = differences({ seed: "1", "data.crop": "none" }, { seed: "7", "data.crop": "none" });
 * assertEquals(found, [{ name: "seed", before: "1", now: "7" }]);
 * ```
 *
 * @module
 */
import { UserError } from "../../core/errors.ts";
import { SHARED } from "../../settings/shared.ts";
import { settingsAt } from "../_by_path.ts";
import type { PeerConfiguration } from "../configuration.ts";

/** Settings as text by their path in the configuration, as they stand in a checkpoint. */
export type Settings = Readonly<Record<string, string>>;

/** What the configuration alone does not say. */
export interface TrainingFacts {
  /** The consortium's name, whichever way it is given. */
  consortium: string;
  /** Digest of the charter's founding version, where there is a charter. */
  founding?: string;
  /** The dataset's label names by value. */
  labels: ReadonlyMap<number, string>;
  /** The names of the images' channels, where there are several. */
  channels?: readonly string[];
}

/** The settings of each kind of training. */
export interface TrainingSettings {
  readonly pretraining: Settings;
  readonly fineTuning: Settings;
}

/** Optional ones of the data plan: that one is not set is a setting, too. */
const OPTIONAL = ["data.fieldOfView", "data.sliceSpacing", "data.crop"];

/** Kept to say what the user has written; a training may be made longer. */
const ROUNDS = ["schedule.rounds", "schedule.stepsPerRound"];

/** What decides which checkpoints there are, not what is in them. */
const BESIDE = ["fineTune.mode", "fineTune.baseline"];

const CHARTER = "mesh.charter";

/** What the names of labels' settings begin with. */
const LABELS = "data.labels.";

/** What the checkpoints of a run are made with. */
export function trainingSettings(
  configuration: PeerConfiguration,
  { consortium, founding, labels, channels }: TrainingFacts,
): TrainingSettings {
  const pretraining = {
    ...Object.fromEntries(OPTIONAL.map((path) => [path, "none"])),
    ...settingsAt(configuration, [...SHARED, ...OPTIONAL, ...ROUNDS]),
    "mesh.consortium": consortium,
    ...(founding !== undefined && { [CHARTER]: founding }),
    ...(channels && { "data.channels": channels.join(", ") }),
    ...Object.fromEntries([...labels].map(([value, name]) => [`${LABELS}${value}`, name])),
  };
  return { pretraining, fineTuning: { ...pretraining, ...settingsAt(configuration, ["fineTune"]) } };
}

/** A setting with another value than before. */
export interface Difference {
  name: string;
  before: string;
  now: string;
}

/**
 * Where `now` differs from `before`, by the settings that a user writes: those that only follow from another are left
 * out for it. A charter in the place of a list of members, or the other way round, is no difference if the consortium's
 * name stays; nor are labels where there were none.
 */
export function differences(before: Settings, now: Settings): Difference[] {
  const value = (settings: Settings, name: string) => settings[name] ?? "not set";
  const differs = (name: string) => value(before, name) !== value(now, name);
  const names = [...new Set([...Object.keys(now), ...Object.keys(before)])].filter(differs);
  const labelled = [before, now].every((all) => Object.keys(all).some((name) => name.startsWith(LABELS)));
  const found = new Set(names.filter((name) => {
    if (name === CHARTER) return before[name] !== undefined && now[name] !== undefined;
    if (name.startsWith(LABELS)) return labelled;
    return !ROUNDS.includes(name) && !BESIDE.includes(name);
  }));
  if (found.has("network.patch") && [before, now].every((all) => all["pretrain.patch"] === all["network.patch"])) {
    found.delete("pretrain.patch");
  }
  if (found.has("pretrain.decaySteps") && [before, now].every(decayFollows)) {
    found.delete("pretrain.decaySteps");
    ROUNDS.filter(differs).forEach((name) => found.add(name));
  }
  return [...found].map((name) => ({ name, before: value(before, name), now: value(now, name) }));
}

/** Whether the steps of decay are those that follow from the schedule. */
function decayFollows(settings: Settings): boolean {
  const [rounds, steps] = ROUNDS.map((name) => Number(settings[name]));
  return Number(settings["pretrain.decaySteps"]) === rounds * steps;
}

/** Other settings that are named; of more, only the number is told. */
const NAMED = 4;

/**
 * Refuses a checkpoint of other settings.
 *
 * @param options.path the checkpoint
 * @param options.anew the flag that begins anew
 * @throws {UserError} naming the first setting that differs with both values, and the others.
 */
export function checkSettings(
  before: Settings,
  now: Settings,
  { path, anew }: { path: string; anew: string },
): void {
  const [first, ...others] = differences(before, now);
  if (first === undefined) return;
  const more = others.slice(0, NAMED).map(({ name }) => `"${name}"`).join(", ");
  const rest = others.length > NAMED ? ` and ${others.length - NAMED} more` : "";
  const hint = ROUNDS.includes(first.name)
    ? `, or set "pretrain.decaySteps" to ${before["pretrain.decaySteps"]}, which goes on as it began`
    : "";
  throw new UserError(
    `resuming: the checkpoint must come from the same settings, but "${first.name}" was ${first.before} and is ` +
      `${first.now}${more && `; so differ ${more}${rest}`}; set back what differs${hint}, or begin anew with ${anew}`,
    { where: path },
  );
}
