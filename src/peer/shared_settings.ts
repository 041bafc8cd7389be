/** What peers compare before they exchange anything. */
import canonicalize from "canonicalize";
import { sha256Hex } from "../core/digest.ts";
import type { CharterSettings } from "../mesh/charter/settings.ts";
import { readByObjective } from "../pretraining/configuration.ts";
import { followingSettings, plannedSettings } from "../settings/plan.ts";
import { SHARED, SHARED_LABELS, SHARED_MODE, SHARED_PLAN, SHARED_TOGETHER } from "../settings/shared.ts";
import type { PlanSettings } from "../settings/types.ts";
import type { PeerConfiguration } from "./configuration.ts";
import { trainedBy } from "./planning_configuration.ts";
import { fineTuningPart, type PartFacts } from "./fine_tuning_part.ts";
import { settingsAt, textsAt, valueAt, withValueAt } from "./_by_path.ts";
import { ADVICE, agreedTexts, differences } from "./_differences.ts";

/** What only the Worker knows of the settings that are shared. */
export interface SharedFacts {
  /** Of the names and shapes of all weights that pre-training averages. */
  layoutDigest: string;
  /** The dataset's label names by value; of no account where the site does not fine-tune. */
  labels: Readonly<Record<string, string>>;
  /** The names of the images' channels, where there are several. */
  channels?: readonly string[];
  /** What its part in fine-tuning follows from. */
  cases: PartFacts["cases"];
}

/** What only sites say of themselves that fine-tune: they must agree among them. */
export const OF_FINE_TUNING: readonly string[] = [SHARED_LABELS];

/** Settings of which only one of two sites may have some: why they cannot work together, and what helps. */
export const ONE_SIDED: Readonly<Record<string, string>> = Object.freeze({
  [SHARED_PLAN]: 'plans together with others: give the other one the same "plan" beside its "data.spacing" and ' +
    '"network", which all then take over, or leave "plan" out and give all sites the same "data.spacing" and "network"',
});

/** The plan that a site goes by, as sites compare it that plan together. */
const AGREED = "plan.agreed";

/** What only those say of themselves who go by a plan: whoever still plans meets them to take it over. */
export const OF_THE_PLANNED: readonly string[] = ["layout", AGREED];

/**
 * The settings that two peers must share before they average; each is named when it differs. What a site computes with
 * (`engine`, `data.ahead`), for how long (`schedule`) and what it lets go (`policy`) is its own affair, and so is
 * fine-tuning that each does by itself.
 */
export function sharedSettings(
  configuration: PeerConfiguration,
  { layoutDigest, labels, channels, cases }: SharedFacts,
): Record<string, string> {
  const { mode } = configuration.fineTune;
  const part = fineTuningPart(trainedBy(configuration).fineTune, { cases, structures: Object.keys(labels).length });
  return {
    ...methodSettings(configuration),
    ...(mode === "federated" && part !== "none" && textsAt(SHARED_LABELS, labels)),
    [SHARED_MODE]: mode,
    ...(configuration.plan && { [AGREED]: planText(configuration, configuration.plan) }),
    // one setting: where channels differ in number, so do the layouts, and what only one side has is not always told
    layout: channels ? `${layoutDigest} of images with the channels ${channels.join(", ")}` : layoutDigest,
  };
}

/** The settings that two peers must share before they plan: all that no plan decides on. */
export function planningSettings(configuration: PeerConfiguration): Record<string, string> {
  return { ...methodSettings(configuration), [SHARED_MODE]: configuration.fineTune.mode };
}

function planText(configuration: PeerConfiguration, plan: PlanSettings): string {
  const settings = Object.entries(settingsAt(configuration, plannedSettings(plan))).map((pair) => pair.join(" "));
  return [...settings, ...(configuration.labelledOnly ? ["labelled volumes only"] : [])].join(", ");
}

/** Digest of what a configuration says of model and method: what a charter binds its sites to. Hexadecimal. */
export async function modelDigest(configuration: PeerConfiguration): Promise<string> {
  return await sha256Hex(`syncytium/model/1\n${canonicalize(methodSettings(configuration))}`);
}

/**
 * What a charter of this configuration carries, so that a site may leave it out: all that its digest is of, how sites
 * fine-tune, and, for those who say nothing of it, how long they train.
 */
export function charterSettings(configuration: PeerConfiguration): CharterSettings {
  const { plan, fineTune } = configuration;
  const shared = fineTune.mode === "federated" ? [...SHARED, ...SHARED_TOGETHER] : [...SHARED, SHARED_MODE];
  let settings: CharterSettings = {};
  const all = { ...configuration, pretrain: readByObjective(configuration.pretrain) };
  for (const path of [...shared, ...ADVICE]) settings = withValueAt(settings, path, valueAt(all, path));
  if (plan) {
    const planned = [...plannedSettings(plan), ...followingSettings(plan)];
    for (const path of planned) settings = withValueAt(settings, path, undefined);
    settings = { ...settings, plan: { minutes: plan.minutes } };
  }
  return JSON.parse(JSON.stringify(settings)); // without what is undefined, as it is once it was written and read
}

/** In what a configuration is not what its charter says: a clause with both values for each setting. */
export function differencesFrom(settings: CharterSettings, configuration: PeerConfiguration): string[] {
  return differences(agreedTexts(charterSettings(configuration)), agreedTexts(settings));
}

function methodSettings(configuration: PeerConfiguration): Record<string, string> {
  const { plan, fineTune } = configuration;
  const settings = settingsAt(configuration, fineTune.mode === "federated" ? [...SHARED, ...SHARED_TOGETHER] : SHARED);
  if (!plan) return settings;
  const planned = [...plannedSettings(plan), ...followingSettings(plan)];
  return {
    ...Object.fromEntries(Object.entries(settings).filter(([name]) => !planned.includes(name))),
    [SHARED_PLAN]: `${plan.minutes ?? "none"}`,
  };
}
