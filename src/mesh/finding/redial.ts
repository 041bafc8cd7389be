/**
 * When to dial whom: for ever, with exponential backoff and jitter. Pure: the clock and the randomness come from
 * outside.
 *
 * @module
 */
import type { Rng } from "../../core/rng.ts";

/** Options of {@linkcode RedialSchedule}. */
export interface RedialOptions {
  rng: Rng;
  /** Wait before the second attempt, in milliseconds. @default 500 */
  base?: number;
  /** Longest wait, in milliseconds. @default 30000 */
  ceiling?: number;
  /** Wait before a first attempt at something better, while connected by a detour, in milliseconds. @default 15000 */
  detourBase?: number;
  /** Longest wait between such attempts, in milliseconds. @default 600000 */
  detourCeiling?: number;
}

/** Longest wait by default, in milliseconds. */
const CEILING = 30_000;

/** Losses in a row after which a target is still dialled at once. */
const FREE_LOSSES = 5;

interface Target {
  attempt: number;
  /** Attempts at a better connection since the last time that there was none. */
  improvement: number;
  /** Attempts that news has brought forward since it was connected last. */
  news: number;
  /** Before this, news brings no attempt forward. */
  newsAt: number;
  /** Times that it was lost, none a ceiling's time after the one before, and when it was last. */
  losses: number;
  lostAt: number;
  /** Infinity while connected or being dialled. */
  dueAt: number;
}

/**
 * Milliseconds before attempt number `attempt` (0: the first): uniform in the upper half of a window that doubles up to
 * `ceiling`.
 */
export function backoffDelay(attempt: number, { rng, base = 500, ceiling = CEILING }: RedialOptions): number {
  if (attempt === 0) return rng.uniform(0, base / 10);
  const window = Math.min(ceiling, base * 2 ** Math.min(attempt - 1, 30));
  return rng.uniform(window / 2, window);
}

/** Keeps every target's next time to be dialled. No target is ever given up. */
export class RedialSchedule {
  readonly #targets = new Map<string, Target>();
  readonly #options: RedialOptions;

  constructor(options: RedialOptions) {
    this.#options = options;
  }

  /** Takes up `key` (again after {@linkcode RedialSchedule.lost}); known targets keep their schedule. */
  add(key: string, now: number): void {
    if (!this.#targets.has(key)) this.#reset(key, now + backoffDelay(0, this.#options));
  }

  /** Whether `key` was taken up. */
  has(key: string): boolean {
    return this.#targets.has(key);
  }

  /** Whether nothing is planned for `key`: it is connected, or being dialled without news since. */
  isIdle(key: string): boolean {
    return this.#targets.get(key)?.dueAt === Infinity;
  }

  /** Leaves `key` alone from now on: it turned out to be this peer itself. */
  remove(key: string): void {
    this.#targets.delete(key);
  }

  /** The targets to dial at `now`; they count as being dialled until `connected` or `failed`. */
  take(now: number): string[] {
    const due = [...this.#targets].filter(([, { dueAt }]) => dueAt <= now).map(([key]) => key);
    for (const key of due) this.#targets.get(key)!.dueAt = Infinity;
    return due;
  }

  /** An attempt failed: the next one comes later than the one before. */
  failed(key: string, now: number): void {
    const target = this.#targets.get(key);
    if (!target) return;
    target.attempt++;
    target.dueAt = now + backoffDelay(target.attempt, this.#options);
  }

  /** `key` is connected: nothing to do until it is lost. */
  connected(key: string): void {
    if (this.#targets.has(key)) this.#reset(key, Infinity);
  }

  /**
   * `key` is connected by a detour: it is dialled again after a while, then ever more rarely, in case a better way has
   * opened.
   */
  detoured(key: string, now: number): void {
    const target = this.#targets.get(key);
    if (!target) return;
    const { rng, detourBase: base = 15_000, detourCeiling: ceiling = 600_000 } = this.#options;
    target.attempt = 0;
    target.dueAt = now + backoffDelay(++target.improvement, { rng, base, ceiling });
  }

  /** The connection to `key` is gone: dial again soon, but for one that comes and goes all the time. */
  lost(key: string, now: number): void {
    const { losses = 0, lostAt = -Infinity } = this.#targets.get(key) ?? {};
    const again = now - lostAt <= (this.#options.ceiling ?? CEILING) ? losses + 1 : 1;
    this.#reset(key, now + backoffDelay(Math.max(0, again - FREE_LOSSES), this.#options));
    Object.assign(this.#targets.get(key)!, { losses: again, lostAt: now });
  }

  /**
   * News of a new address of `key`: an attempt soon, without the wait of those that failed. Anybody can make news up, so
   * attempts that it brings forward come ever more rarely, too, until one connects.
   */
  heard(key: string, now: number): void {
    const target = this.#targets.get(key);
    if (!target) return this.add(key, now);
    const dueAt = Math.max(now + backoffDelay(0, this.#options), target.newsAt);
    if (dueAt >= target.dueAt) return;
    target.dueAt = dueAt;
    target.newsAt = dueAt + backoffDelay(++target.news, this.#options);
  }

  /** When the next target is due; Infinity if none is. */
  nextDue(): number {
    return Math.min(Infinity, ...[...this.#targets.values()].map(({ dueAt }) => dueAt));
  }

  #reset(key: string, dueAt: number): void {
    const { losses = 0, lostAt = -Infinity } = this.#targets.get(key) ?? {};
    this.#targets.set(key, { attempt: 0, improvement: 0, news: 0, newsAt: -Infinity, losses, lostAt, dueAt });
  }
}
