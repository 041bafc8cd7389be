/**
 * A configuration that leaves to a plan what a network is like and how long it is trained: what of it holds already, and
 * what it is once there is a plan.
 *
 * @module
 */
import { dirname, resolve } from "@std/path";
import { UserError } from "../core/errors.ts";
import type { ConsortiumPlan } from "../planning/consortium_plan.ts";
import { GIVEN_BY, plannedSettings } from "../settings/plan.ts";
import type { PlanSettings } from "../settings/types.ts";
import { isSection, type Section, valueAt } from "./_by_path.ts";
import { explained } from "./_charter_settings.ts";
import { parseConfiguration, type PeerConfiguration, readWritten } from "./configuration.ts";

/** What holds before there is a plan. */
export interface PlanningConfiguration extends
  Pick<
    PeerConfiguration,
    | "name"
    | "extensions"
    | "seed"
    | "stateDirectory"
    | "outputDirectory"
    | "engine"
    | "policy"
    | "records"
    | "mesh"
    | "web"
  > {
  /** How it plans. */
  readonly plan: PlanSettings;
  /** All of it, with what a plan says. @throws {UserError} if the plan is none that a peer takes. */
  readonly withPlan: (plan: ConsortiumPlan) => PeerConfiguration;
}

/** Any plan: what does not depend on it is checked before there is one. */
export const ANY_PLAN: ConsortiumPlan = Object.freeze<ConsortiumPlan>({
  ...{ spacing: [1, 1, 1], patch: [8, 8, 8], levels: 3, pool: [[2, 2, 2], [2, 2, 2]], baseFilters: 8, batch: 2 },
  schedule: { rounds: 1, stepsPerRound: 1, fineTune: 100_000 },
});

/** Whether a configuration leaves something to a plan, and `parsePlanning` is to read it. */
export function isPlanned(value: unknown): boolean {
  return isSection(value) && value.plan !== undefined && !GIVEN_BY.some((path) => isSaid(value, path));
}

const isSaid = (value: Section, path: string) => valueAt(value, path) !== undefined;

/**
 * Checks what a configuration says that leaves something to a plan; as `parseConfiguration` does otherwise.
 *
 * @throws {UserError} naming the first field at fault, the rule and the value.
 */
export function parsePlanning(value: unknown, where: string, directory: string): PlanningConfiguration {
  const written = value as Section;
  const withPlan = (plan: ConsortiumPlan) => {
    const configuration = parseConfiguration(merged(written, plan), where, directory);
    return isUntaught(configuration, plan) ? Object.freeze({ ...configuration, labelledOnly: true }) : configuration;
  };
  const { plan: settings, ...checked } = withPlan(ANY_PLAN);
  const plan = settings!;
  const said = [...plannedSettings(plan), "pretrain.patch"].find((path) => isSaid(written, path));
  if (said !== undefined) {
    const rule = "what a plan decides on must be left out; with all of " +
      `${GIVEN_BY.map((path) => `"${path}"`).join(", ")} the plan is given`;
    throw new UserError(`reading the configuration: ${rule}`, { where: `${where}, field "${said}"` });
  }
  const { name, extensions, seed, stateDirectory, outputDirectory, engine, policy, records, mesh, web } = checked;
  return Object.freeze({
    ...{ name, extensions, seed, stateDirectory, outputDirectory, engine, policy, records, mesh, plan },
    ...(web && { web }),
    withPlan,
  });
}

/**
 * Reads the configuration file at `file`, whether or not it leaves something to a plan, and loads its extensions.
 *
 * @throws {UserError} if it cannot be read, is no JSON, or breaks a rule, or an extension is at fault.
 */
export async function readAnyConfiguration(file: string): Promise<PeerConfiguration | PlanningConfiguration> {
  const written = await readWritten(file);
  const parse = isPlanned(written.value) ? parsePlanning : parseConfiguration;
  return explained(written, file, () => parse(written.value, file, dirname(resolve(file))));
}

/** `value` with the plan's fields; a section that is none is left to whoever checks it. */
function merged(value: Section, { spacing, batch, patch, levels, pool, baseFilters, ...plan }: ConsortiumPlan) {
  const schedule = isSaid(value, "plan.minutes") ? plan.schedule : undefined;
  const put = (section: unknown = {}, fields: object) => isSection(section) ? { ...section, ...fields } : section;
  return {
    ...value,
    data: put(value.data, { spacing }),
    network: put(value.network, { patch, levels, pool, baseFilters }),
    fineTune: put(value.fineTune, { batch, ...(schedule && { steps: schedule.fineTune }) }),
    schedule: put(
      value.schedule,
      schedule ? { rounds: schedule.rounds, stepsPerRound: schedule.stepsPerRound } : {},
    ),
  };
}

function isUntaught({ plan: settings }: PeerConfiguration, { schedule }: ConsortiumPlan): boolean {
  return settings?.minutes !== undefined && schedule?.taught === false;
}

/** The configuration that is trained by: without what the sites' plan leaves out. */
export function trainedBy(configuration: PeerConfiguration): PeerConfiguration {
  const { labelledOnly, fineTune } = configuration;
  return labelledOnly
    ? Object.freeze({ ...configuration, fineTune: { ...fineTune, unlabelled: null } })
    : configuration;
}

/** What a configuration says as a plan: one that gives its own has all of it. */
export function planIn({ plan, data, network, fineTune, schedule, labelledOnly }: PeerConfiguration): ConsortiumPlan {
  const { spacing } = data;
  if (spacing === null) {
    throw new UserError('planning together: a plan that is given must have one "data.spacing" for all, not null');
  }
  const { patch, levels, pool, baseFilters } = network;
  const { rounds, stepsPerRound } = schedule;
  return {
    ...{ spacing, patch, levels, pool, baseFilters, batch: fineTune.batch },
    ...(plan?.minutes !== undefined && {
      schedule: { rounds, stepsPerRound, fineTune: fineTune.steps, ...(labelledOnly && { taught: false }) },
    }),
  };
}
