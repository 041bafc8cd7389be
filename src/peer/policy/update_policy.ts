/**
 * The site's own policy on what training adds to the weights that it shares: each round's update is clipped to a length
 * and given Gaussian noise before it becomes part of anything that others see, and paid for on disk before that.
 *
 * What is protected is a round's update as a whole: whether it is there or nothing in its place. Both differ by no more
 * than the clipping length C, so a deviation of C / √(2ρ) on each value makes a round ρ-zCDP, and rounds add up
 * (`gaussian_mechanism.ts`). All that is made of the weights later, by averaging, training or others, costs nothing
 * more. For a single volume nothing follows: its part in an update is not bounded by itself.
 *
 * @module
 */
import { allFinite } from "../../core/vectors.ts";
import type { PolicyWeightsSettings } from "../../settings/types.ts";
import { noiseDeviation, rhoFor, secureNormals } from "./gaussian_mechanism.ts";
import { PrivacyAccount } from "./privacy_account.ts";
import type { ReleaseOnRecord } from "../audit/releases.ts";
import type { UpdatePrivacyReport } from "../report/site_facts.ts";

/** What was done to the latest update, for the audit log. */
export interface AppliedToUpdate {
  /** What one update may tell of whether it is there. */
  epsilon: number;
  /** The probability that it tells more. */
  delta: number;
  /** The L2 norm that it has at most. */
  clip: number;
  /** Of the noise on each value. */
  deviation: number;
  /** What the account says after it, at delta. */
  spentEpsilon: number;
  /** Updates that were paid for. */
  releases: number;
}

const REMEDY = "restore it from a backup, or remove policy.weights, which gives up what was claimed";

/** One site's policy at work. */
export class UpdatePolicy {
  readonly #policy: PolicyWeightsSettings | null;
  readonly #account: PrivacyAccount;
  readonly #normals: typeof secureNormals;
  #applied: AppliedToUpdate | undefined;
  #hasTold = false;

  /**
   * Reads nothing yet.
   *
   * @param policy null: updates leave as they are.
   * @param normals gives independent standard normal numbers. @default secureNormals
   */
  constructor(
    policy: PolicyWeightsSettings | null,
    accountPath: string,
    normals: typeof secureNormals = secureNormals,
  ) {
    this.#policy = policy;
    this.#account = new PrivacyAccount(accountPath, REMEDY);
    this.#normals = normals;
  }

  /** Whether updates are clipped and given noise: then nothing else may leave that is made of training. */
  get isOn(): boolean {
    return this.#policy !== null;
  }

  /** What was done to the latest update; undefined before it, and without noise. */
  get applied(): AppliedToUpdate | undefined {
    return this.#applied;
  }

  /** What the account says; null where updates have no noise. */
  spent(): UpdatePrivacyReport | null {
    if (!this.#policy) return null;
    const { clip, epsilon, delta, totalEpsilon } = this.#policy;
    const { releases } = this.#account;
    return { clip, epsilon, delta, totalEpsilon, releases, spentEpsilon: this.#account.epsilon(delta, { more: 0 }) };
  }

  /**
   * Reads the account, where there is one to keep.
   *
   * @param released what the audit log shows to have left, asked for then only. @default nothing
   * @throws {UserError} if it is damaged, or falls short of that.
   */
  async open(released?: () => Promise<ReleaseOnRecord | undefined>): Promise<void> {
    if (this.#policy) await this.#account.open(await released?.());
  }

  /**
   * What may be shared of a round that began at `start` and came to `trained`: it is paid for once this resolves.
   *
   * @returns `start` itself, and once a warning, where nothing may be added any more; `trained` where it is not finite,
   * which nothing shares.
   */
  async apply(start: Float32Array, trained: Float32Array): Promise<{ vector: Float32Array; warning?: string }> {
    if (!this.#policy || !allFinite(trained)) return { vector: trained };
    const { clip, epsilon, delta, totalEpsilon } = this.#policy;
    const rho = rhoFor({ epsilon, delta });
    const next = this.#account.epsilon(delta, { rho });
    // the last of a budget that was meant to be whole must not fail by a rounding
    if (next > totalEpsilon * (1 + 1e-9)) {
      const warning = this.#hasTold
        ? undefined
        : `the privacy budget of the weights is spent (the next update would come to epsilon ${next.toPrecision(3)}, ` +
          `policy.weights.totalEpsilon is ${totalEpsilon}): this site adds nothing to the weights any more, and takes ` +
          "what the others add";
      this.#hasTold = true;
      return { vector: start, ...(warning !== undefined && { warning }) };
    }
    await this.#account.spend(rho);
    const deviation = noiseDeviation(rho, clip);
    const spentEpsilon = this.#account.epsilon(delta, { more: 0 });
    this.#applied = { epsilon, delta, clip, deviation, spentEpsilon, releases: this.#account.releases };
    return { vector: noisy(start, trained, { clip, deviation, normals: this.#normals }) };
  }
}

/** start + the update, shortened to `clip` where it is longer, + noise. */
function noisy(
  start: Float32Array,
  trained: Float32Array,
  { clip, deviation, normals }: { clip: number; deviation: number; normals: typeof secureNormals },
): Float32Array {
  let square = 0;
  for (let i = 0; i < start.length; i++) square += (trained[i] - start[i]) ** 2;
  const factor = Math.min(1, clip / Math.sqrt(square || 1));
  const noise = normals(start.length);
  return start.map((value, i) => value + factor * (trained[i] - value) + deviation * noise[i]);
}
