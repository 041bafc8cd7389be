/**
 * What the site has spent of its privacy, kept on disk over restarts.
 *
 * @module
 */
import * as v from "valibot";
import { messageOf, UserError } from "../../core/errors.ts";
import { writeAtomically } from "../../core/files.ts";
import { epsilonOf } from "./gaussian_mechanism.ts";

const schema = v.strictObject({
  version: v.literal(1),
  rho: v.pipe(v.number(), v.finite(), v.minValue(0)),
  releases: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
});

const OF_FEATURES = "restore it from a backup, or set policy.featuresPerRound to 0";

/** The sum of ρ over all releases; see `gaussian_mechanism.ts`. */
export class PrivacyAccount {
  readonly #path: string;
  readonly #remedy: string;
  #rho = 0;
  #releases = 0;

  /** @param remedy what helps where it cannot be read, as a clause. @default that of features */
  constructor(path: string, remedy: string = OF_FEATURES) {
    this.#path = path;
    this.#remedy = remedy;
  }

  /**
   * Goes on with the account of earlier lives; none is an account of nothing.
   *
   * @param released what the audit log shows to have left, if anything has.
   * @throws {UserError} if there is one that cannot be read, or it knows of fewer releases than the log: what was spent
   * must not be forgotten.
   */
  async open(released?: { releases: number; spentEpsilon: number }): Promise<void> {
    await this.#read();
    if (!released || this.#releases >= released.releases) return;
    const { releases, spentEpsilon } = released;
    const shown = `the audit log shows ${releases} releases, epsilon ${spentEpsilon.toPrecision(3)} in sum`;
    const rule = `it must tell what was spent, and knows of ${this.#releases} releases where ${shown}; ${this.#remedy}`;
    throw new UserError(`reading the privacy account: ${rule}`, { where: this.#path });
  }

  async #read(): Promise<void> {
    let text: string;
    try {
      text = await Deno.readTextFile(this.#path);
    } catch (cause) {
      if (cause instanceof Deno.errors.NotFound) return;
      throw this.#unreadable(cause);
    }
    try {
      const { rho, releases } = v.parse(schema, JSON.parse(text));
      this.#rho = rho;
      this.#releases = releases;
    } catch (cause) {
      throw this.#unreadable(cause);
    }
  }

  /** Releases that were paid for. */
  get releases(): number {
    return this.#releases;
  }

  /** The ε at `delta` that is spent, with `more` releases of `rho` each on top. */
  epsilon(delta: number, { rho = 0, more = 1 } = {}): number {
    return epsilonOf(this.#rho + more * rho, delta);
  }

  /** Pays for one release of `rho`: resolves once that is on the disk, so that nothing leaves unpaid. */
  async spend(rho: number): Promise<void> {
    const [sum, releases] = [this.#rho + rho, this.#releases + 1];
    await writeAtomically(this.#path, `${JSON.stringify({ version: 1, rho: sum, releases })}\n`, { mode: 0o600 });
    this.#rho = sum;
    this.#releases = releases;
  }

  #unreadable(cause: unknown): UserError {
    const rule = `it must tell what was spent, so ${this.#remedy}`;
    return new UserError(`reading the privacy account: ${rule}; ${messageOf(cause)}`, { where: this.#path, cause });
  }
}
