/**
 * One plan for sites that know of each other's volumes only their fingerprints: whoever has the same fingerprints comes
 * to the same plan, in whatever order they came.
 *
 * @module
 */
import * as v from "valibot";
import { UserError } from "../core/errors.ts";
import type { Triple } from "../core/triple.ts";
import type { Distribution, Distributions, Extents, Fingerprint } from "./fingerprint.ts";
import { planSchedule } from "./schedule.ts";
import type { SiteFingerprint, SiteSpeed } from "./site_fingerprint.ts";
import { chooseSize, planSize, type SizePlan, workOf } from "./size.ts";
import { PLANNING } from "./table.ts";
import { planTeaching } from "./teaching.ts";

/** What a consortium trains, and for how long where minutes are planned with. */
export interface ConsortiumPlan {
  /** To which every volume is brought, mm, x, y, z. */
  readonly spacing: Triple;
  /** Voxels along z, y, x. */
  readonly patch: Triple;
  /** Reductions along z, y, x from each level to the next. */
  readonly pool: readonly Triple[];
  /** Resolutions, the patch's own included. */
  readonly levels: number;
  /** Channels of the finest level. */
  readonly baseFilters: number;
  /** Patches a step of fine-tuning. */
  readonly batch: number;
  /** Absent where no budget was given: the sites' settings then say for how long. */
  readonly schedule?: ConsortiumSchedule;
}

/** For how long it is trained. */
export interface ConsortiumSchedule {
  /** Of pre-training. */
  readonly rounds: number;
  /** Training steps of each. */
  readonly stepsPerRound: number;
  /** Steps of fine-tuning. */
  readonly fineTune: number;
  /** They are too few to learn from unlabelled volumes. @default sites' settings decide */
  readonly taught?: false;
}

/** What all say alike before they plan. */
export interface PlanTerms {
  /** The budget, of the slowest site. @default size and schedule are not planned by time */
  minutes?: number;
  /** What is kept of each volume about its middle, mm, x, y, z. */
  crop?: Triple;
  /** Patches a step of pre-training. */
  patches: number;
  /** The fewest steps of fine-tuning. @default 1 */
  fewestSteps?: number;
}

/** More steps than any budget has room for. */
const MOST_STEPS = 1e9;

const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
const triple = v.strictTuple([whole, whole, whole]);
const size = v.pipe(v.number(), v.finite(), v.gtValue(0));
const planSchema = v.strictObject({
  spacing: v.strictTuple([size, size, size]),
  patch: triple,
  levels: whole,
  pool: v.pipe(v.array(triple), v.maxLength(10)),
  baseFilters: whole,
  batch: whole,
  schedule: v.optional(
    v.strictObject({ rounds: whole, stepsPerRound: whole, fineTune: whole, taught: v.optional(v.literal(false)) }),
  ),
});

/** A plan of another's, checked in its form. @throws {RangeError} with a clause. */
export function readConsortiumPlan(value: unknown): ConsortiumPlan {
  const parsed = v.safeParse(planSchema, value);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  throw new RangeError(`its field "${v.getDotPath(issue) ?? "the whole"}": ${issue.message}`);
}

/** The fingerprint of all volumes of sites, as far as it follows from theirs: medians are weighted by counts. */
export function mergeFingerprints(sites: readonly Fingerprint[]): Fingerprint {
  const along = (pick: (site: Fingerprint) => Distributions) =>
    mergeDistributions(sites.map((site) => ({ count: site.volumes, distributions: pick(site) })));
  const names = [...new Set(sites.flatMap(({ structures = {} }) => Object.keys(structures)))].sort();
  const foreground = mergeExtents(sites.map((site) => site.foreground));
  return {
    volumes: sites.reduce((sum, { volumes }) => sum + volumes, 0),
    size: along(({ size }) => size),
    spacing: along(({ spacing }) => spacing),
    extent: along(({ extent }) => extent),
    ...(foreground && { foreground }),
    ...(names.length > 0 && {
      structures: Object.fromEntries(
        names.map((name) => [
          name,
          mergeExtents(
            sites.map(({ structures = {} }) => Object.hasOwn(structures, name) ? structures[name] : undefined),
          )!,
        ]),
      ),
    }),
  };
}

function mergeExtents(parts: readonly (Extents | undefined)[]): Extents | undefined {
  const known = parts.filter((part) => part !== undefined);
  if (known.length === 0) return undefined;
  return {
    cases: known.reduce((sum, { cases }) => sum + cases, 0),
    extent: mergeDistributions(known.map(({ cases, extent }) => ({ count: cases, distributions: extent }))),
  };
}

function mergeDistributions(
  parts: readonly { readonly count: number; readonly distributions: Distributions }[],
): Distributions {
  const along = (axis: number) =>
    mergeAlong(parts.map(({ count, distributions }) => ({ count, ...distributions[axis] })));
  return [along(0), along(1), along(2)];
}

/** Half of each site's volumes are taken to lie at either value of its middle. */
function mergeAlong(parts: readonly (Distribution & { count: number })[]): Distribution {
  const values = parts.flatMap(({ count, lower, upper }) => [{ value: lower, count }, { value: upper, count }])
    .sort((a, b) => a.value - b.value);
  const half = parts.reduce((sum, { count }) => sum + count, 0); // of all halves
  const valueAt = (isReached: (below: number) => boolean) => {
    let below = 0;
    return values.find(({ count }) => isReached(below += count))!.value;
  };
  return {
    least: Math.min(...parts.map(({ least }) => least)),
    lower: valueAt((below) => below >= half),
    upper: valueAt((below) => below > half),
    most: Math.max(...parts.map(({ most }) => most)),
  };
}

/**
 * The plan of sites with these fingerprints.
 *
 * @throws {UserError} if there is none, or the minutes are too few.
 */
export function planConsortium(sites: readonly SiteFingerprint[], terms: PlanTerms): ConsortiumPlan {
  if (sites.length === 0) {
    throw new UserError("planning together: one site at least must release its fingerprint, or give a plan");
  }
  const fingerprint = mergeFingerprints(sites);
  const first = planSize(fingerprint, PLANNING.sizes[PLANNING.firstSize], { crop: terms.crop });
  if (terms.minutes === undefined) return first;
  const slowest = slowestOf(sites, first);
  const seconds = 60 * terms.minutes - slowest.beside - PLANNING.closing;
  const share = slowest.fineTuneStep > 0 ? 1 - PLANNING.pretrainShare : 1;
  const chosen = chooseSize(fingerprint, {
    plan: first,
    stepSeconds: slowest.plainStep || slowest.pretrainStep,
    testSeconds: slowest.tests,
  }, {
    seconds: share * (seconds - slowest.tests) + slowest.tests,
    memory: slowest.memory,
    patches: terms.patches,
    crop: terms.crop,
  });
  const times = workOf(chosen) / workOf(first);
  const { fewestSteps } = terms;
  const schedule = planSchedule(seconds - times * slowest.tests, {
    costs: {
      pretrainStep: times * slowest.pretrainStep,
      round: times * slowest.round,
      fineTuneStep: times * slowest.plainStep,
    },
    fewestSteps,
  });
  const { rounds, stepsPerRound, fineTune: plain } = schedule;
  if (Math.max(rounds, stepsPerRound, plain) > MOST_STEPS) {
    const rule = "planning together: steps must take longer, a site's speed cannot be as it says";
    throw new UserError(rule, { where: "minutes", value: `${plain} steps of fine-tuning in ${terms.minutes} min` });
  }
  if (!slowest.isTaught) return { ...chosen, schedule: { rounds, stepsPerRound, fineTune: plain } };
  const longer = Math.max(1, slowest.fineTuneStep / slowest.plainStep);
  const { steps: fineTune, taught } = planTeaching(plain, { times: longer, fewest: fewestSteps });
  return { ...chosen, schedule: { rounds, stepsPerRound, fineTune, ...(!taught && { taught }) } };
}

/** The speed of the site that is slowest at each thing. */
interface SlowestSpeed extends Required<SiteSpeed> {
  /** Some site learns from unlabelled volumes. */
  readonly isTaught: boolean;
}

/** What a plan would take it: steps are taken to be as much slower as their work. */
function slowestOf(sites: readonly SiteFingerprint[], plan: SizePlan): SlowestSpeed {
  const speeds = sites.flatMap(({ speed }) => speed ? [speed] : []);
  if (speeds.length === 0) {
    throw new UserError("planning together: minutes need a site that says how fast it trains", { where: "minutes" });
  }
  const work = workOf(plan);
  const most = (pick: (speed: SiteSpeed) => number) => Math.max(...speeds.map(pick));
  const scaled = (pick: (speed: SiteSpeed) => number) => most((speed) => pick(speed) * work / speed.work);
  return {
    work,
    pretrainStep: scaled(({ pretrainStep }) => pretrainStep),
    round: scaled(({ round }) => round),
    fineTuneStep: scaled(({ fineTuneStep }) => fineTuneStep),
    plainStep: scaled(({ fineTuneStep, plainStep = fineTuneStep }) => plainStep),
    isTaught: speeds.some(({ plainStep }) => plainStep !== undefined),
    tests: scaled(({ tests }) => tests),
    beside: most(({ beside }) => beside),
    memory: Math.min(...speeds.map(({ memory }) => memory)),
  };
}
