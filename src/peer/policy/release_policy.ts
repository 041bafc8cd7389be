/**
 * The site's own policy on the features that leave it: how many, and with what noise. Whatever training hands over
 * passes through here before it is sealed, and nothing that comes from another site is asked.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { ReleasePolicy } from "./release_policy.ts";
 *
 * const policy = new ReleasePolicy({ featuresPerRound: 1, noise: null, totalEpsilon: null }, "state/privacy.json");
 * await policy.open();
 * const [features, partitions] = [Float32Array.of(3, 4, 0, 2), Int32Array.of(0, 1)]; // two of two values
 * const { release, warnings } = await policy.apply({ round: 3, features, partitions });
 * assertEquals(release?.partitions.length, 1);
 * assertEquals(warnings, ["policy.featuresPerRound lets no more than 1 features leave in a round"]);
 * ```
 *
 * @module
 */
import type { FeatureSet, RoundFeatures } from "../../core/features.ts";
import { thinned } from "../../pretraining/thinned.ts";
import { noiseDeviation, rhoFor, secureNormals } from "./gaussian_mechanism.ts";
import { PrivacyAccount } from "./privacy_account.ts";
import type { PrivacyReport } from "../report/site_facts.ts";
import type { PolicySettings } from "../../settings/types.ts";

/** How far two embeddings of norm 1 can lie apart: the L2 sensitivity of one of them. */
const SENSITIVITY = 2;

/** What was done to a release, for the audit log. */
export interface AppliedPolicy {
  /** Features that may leave. */
  features: number;
  /** Features that training handed over. */
  of: number;
  /** The noise on each value, and what the account says after this release; null: no noise. */
  noise: { epsilon: number; delta: number; deviation: number; spentEpsilon: number; releases: number } | null;
}

/** What may leave. */
export interface Permitted {
  /** Rows of norm 1; undefined where nothing may leave in this round. */
  release?: RoundFeatures;
  /** What the site should know, each told once. */
  warnings: string[];
}

/** One site's policy at work. */
export class ReleasePolicy {
  readonly #policy: PolicySettings;
  readonly #account: PrivacyAccount;
  readonly #normals: typeof secureNormals;
  readonly #told = new Set<string>();
  /** Of the latest two rounds: a release may still be asked for while the next is sealed. */
  #applied: { round: number; applied: AppliedPolicy }[] = [];

  /** Reads nothing yet. @param normals gives independent standard normal numbers. @default secureNormals */
  constructor(policy: PolicySettings, accountPath: string, normals: typeof secureNormals = secureNormals) {
    this.#policy = policy;
    this.#account = new PrivacyAccount(accountPath);
    this.#normals = normals;
  }

  /**
   * Reads the account, where there is noise to account for.
   *
   * @param released what the audit log shows to have left, asked for then only. @default nothing
   * @throws {UserError} if it is damaged, or falls short of that.
   */
  async open(released?: () => Promise<{ releases: number; spentEpsilon: number } | undefined>): Promise<void> {
    const { noise, featuresPerRound } = this.#policy;
    if (noise && featuresPerRound > 0) await this.#account.open(await released?.());
  }

  /** What the policy lets through of a round's features; with noise, it is paid for once this resolves. */
  async apply({ round, ...asked }: RoundFeatures): Promise<Permitted> {
    const { featuresPerRound, noise, totalEpsilon } = this.#policy;
    const budget = totalEpsilon ?? Infinity;
    const warnings: string[] = [];
    const tell = (message: string) => {
      if (!this.#told.has(message)) warnings.push(message);
      this.#told.add(message);
    };
    const usable = withoutEmptyRows(asked);
    if (usable.partitions.length < asked.partitions.length) {
      tell("features that are zero or not finite are not released");
    }
    const limited = thinned(usable, featuresPerRound);
    const [features, of] = [limited.partitions.length, asked.partitions.length];
    if (features < usable.partitions.length) {
      tell(`policy.featuresPerRound lets no more than ${featuresPerRound} features leave in a round`);
    }
    if (features === 0) return { warnings };
    const rho = noise ? rhoFor(noise) : 0;
    // sums of rounded numbers: a budget of ten releases is enough for the tenth
    if (noise && this.#account.epsilon(noise.delta, { rho }) > budget * (1 + 1e-9)) {
      const spent = this.#account.epsilon(noise.delta).toPrecision(3);
      tell(
        `the privacy budget is spent: epsilon ${spent} of ${budget} at delta ${noise.delta}, no features leave this ` +
          "site any more, and it goes on with weights alone; more may leave only with a greater policy.totalEpsilon, " +
          "which the site answers for",
      );
      return { warnings };
    }
    if (noise) await this.#account.spend(rho);
    const deviation = noise ? noiseDeviation(rho, SENSITIVITY) : 0;
    const release = { round, ...this.#unitRows(limited, deviation) };
    const applied = {
      features,
      of,
      noise: noise && {
        ...noise,
        deviation,
        spentEpsilon: this.#account.epsilon(noise.delta),
        releases: this.#account.releases,
      },
    };
    this.#applied = [...this.#applied, { round, applied }].slice(-2);
    return { release, warnings };
  }

  /** What the account says; null where there is no noise to account for. */
  spent(): PrivacyReport | null {
    const { noise, totalEpsilon } = this.#policy;
    if (noise === null) return null;
    const { releases } = this.#account;
    const spentEpsilon = this.#account.epsilon(noise.delta, { more: 0 });
    return { ...noise, spentEpsilon, totalEpsilon, releases };
  }

  /** What was done to the features of `round`. */
  applied(round: number): AppliedPolicy | undefined {
    return this.#applied.findLast((entry) => entry.round === round)?.applied;
  }

  /** Rows of norm 1 with noise of `deviation` on each value, brought to norm 1 again. */
  #unitRows({ features, partitions }: FeatureSet, deviation: number): FeatureSet {
    const d = features.length / partitions.length;
    const noise = deviation > 0 ? this.#normals(features.length) : undefined;
    const unit = new Float32Array(features.length);
    for (let row = 0; row < partitions.length; row++) {
      const values = unitRow(features.subarray(row * d, (row + 1) * d));
      const noisy = noise ? unitRow(values.map((value, i) => value + deviation * noise[row * d + i])) : values;
      unit.set(noisy, row * d);
    }
    return { features: unit, partitions };
  }
}

/** `row` brought to norm 1. */
function unitRow(row: ArrayLike<number>): Float64Array {
  const values = Float64Array.from(row);
  const norm = Math.hypot(...values);
  return values.map((value) => value / norm);
}

/** The rows that have a direction. */
function withoutEmptyRows(set: FeatureSet): FeatureSet {
  const { features, partitions } = set;
  const d = features.length / partitions.length;
  const rows = [...partitions.keys()].filter((row) => {
    const norm = Math.hypot(...features.subarray(row * d, (row + 1) * d));
    return Number.isFinite(norm) && norm > 0;
  });
  if (rows.length === partitions.length) return set;
  return {
    features: Float32Array.from(rows.flatMap((row) => [...features.subarray(row * d, (row + 1) * d)])),
    partitions: Int32Array.from(rows, (row) => partitions[row]),
  };
}
