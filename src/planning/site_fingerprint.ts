/**
 * What a site says of its volumes and its machine where sites plan together: counts, medians and ranges, rounded, and
 * nothing of a single volume where there are few. What others say is checked as strictly as it is made.
 *
 * @module
 */
import * as v from "valibot";
import type { Distribution, Distributions, Extents, Fingerprint } from "./fingerprint.ts";
import { medianOf } from "./fingerprint.ts";

/** How fast a site trains, as it measured with the plan that its own volumes would have. Seconds but where it is said. */
export interface SiteSpeed {
  /** `workOf` what was measured. */
  readonly work: number;
  /** A step of pre-training. */
  readonly pretrainStep: number;
  /** What a round takes beside its steps. */
  readonly round: number;
  /** A step of fine-tuning, of all networks that are fine-tuned; 0 at a site that does not. */
  readonly fineTuneStep: number;
  /** Where unlabelled volumes are learnt from: one that leaves them out. */
  readonly plainStep?: number;
  /** All tests. */
  readonly tests: number;
  /** All else: starting, preparing, joining. */
  readonly beside: number;
  /** The most bytes that a training step may take. */
  readonly memory: number;
}

/** A fingerprint as it is released. */
export interface SiteFingerprint extends Fingerprint {
  /** Only where a budget of minutes is planned with. */
  readonly speed?: SiteSpeed;
}

/** With fewer volumes than this, a distribution is its coarsened median only: its ends would be single volumes'. */
export const FEWEST_FOR_RANGES = 5;

/** Few volumes' medians are told in steps of so many times, because they are nearly, or wholly, one volume's own. */
const COARSE = 1.25;

/** More structures than this are left out: their names and extents would not fit a message. */
const MOST_STRUCTURES = 100;

const rounded = (value: number) => Number(value.toPrecision(3));
const coarsened = (value: number) => rounded(COARSE ** Math.round(Math.log(value) / Math.log(COARSE)));

/** `distributions` of `count` volumes, as they may leave. */
function discloseDistributions(distributions: Distributions, count: number): Distributions {
  const disclose = (distribution: Distribution): Distribution => {
    const { least, lower, upper, most } = distribution;
    if (count >= FEWEST_FOR_RANGES) {
      return { least: rounded(least), lower: rounded(lower), upper: rounded(upper), most: rounded(most) };
    }
    const median = coarsened(medianOf(distribution));
    return { least: median, lower: median, upper: median, most: median };
  };
  const [x, y, z] = distributions;
  return [disclose(x), disclose(y), disclose(z)];
}

const discloseExtents = ({ cases, extent }: Extents): Extents => ({
  cases,
  extent: discloseDistributions(extent, cases),
});

/** What of `fingerprint` may leave the site. */
export function disclose({ volumes, size, spacing, extent, foreground, structures }: Fingerprint): SiteFingerprint {
  const named = Object.entries(structures ?? {});
  return {
    volumes,
    size: discloseDistributions(size, volumes),
    spacing: discloseDistributions(spacing, volumes),
    extent: discloseDistributions(extent, volumes),
    ...(foreground && { foreground: discloseExtents(foreground) }),
    ...(named.length > 0 && named.length <= MOST_STRUCTURES && {
      structures: Object.fromEntries(named.map(([name, extents]) => [name, discloseExtents(extents)])),
    }),
  };
}

const within = (low: number, high: number) => {
  const rule = `must be a number from ${low} to ${high}`;
  return v.pipe(v.number(rule), v.finite(rule), v.minValue(low, rule), v.maxValue(high, rule));
};
const distributions = (low: number, high: number) => {
  const value = within(low, high);
  const distribution = v.pipe(
    v.strictObject({ least: value, lower: value, upper: value, most: value }),
    v.check(
      ({ least, lower, upper, most }) => least <= lower && lower <= upper && upper <= most,
      "must rise from least to most",
    ),
  );
  return v.strictTuple([distribution, distribution, distribution]);
};
const cases = v.pipe(within(1, 100_000), v.integer("must be a whole number"));
/** Of a volume or structure: from a hundredth of a millimetre to ten metres. */
const extent = distributions(0.01, 10_000);
const extents = v.strictObject({ cases, extent });
const seconds = within(0, 1e7);

const fingerprintSchema = v.strictObject({
  volumes: cases,
  size: distributions(1, 10_000),
  spacing: distributions(1e-3, 1e3), // as `data.spacing`
  extent,
  foreground: v.optional(extents),
  structures: v.optional(v.pipe(
    v.record(v.pipe(v.string(), v.minLength(1), v.maxLength(200)), extents),
    v.check((named) => Object.keys(named).length <= MOST_STRUCTURES, `must be at most ${MOST_STRUCTURES}`),
  )),
  speed: v.optional(v.strictObject({
    work: within(1, 1e15),
    pretrainStep: seconds,
    round: seconds,
    fineTuneStep: seconds,
    plainStep: v.optional(seconds),
    tests: seconds,
    beside: seconds,
    memory: within(1, 1e15),
  })),
});

/**
 * What another site says, checked.
 *
 * @throws {RangeError} with a clause that names the first field at fault, and the rule.
 */
export function readSiteFingerprint(value: unknown): SiteFingerprint {
  const parsed = v.safeParse(fingerprintSchema, value);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  throw new RangeError(`its field "${v.getDotPath(issue) ?? "the whole"}" ${issue.message}`);
}
