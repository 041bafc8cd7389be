/**
 * Whether the mesh has fallen apart: which members were here and have been missing for longer than an outage takes.
 * Pure: the clock comes from outside.
 *
 * A member counts as missing when it was connected in this life of the peer, went without saying goodbye, and has been
 * away for `patience`. From one side, a member that lost its power and one that is cut off look the same; both are
 * named. All that are missing together are told as one split. They are back when they have been here for `settling`, so
 * that a connection that comes and goes is neither told twice nor called healed.
 *
 * @module
 */

/** Options of {@linkcode SplitWatch}. */
export interface SplitOptions {
  /** Milliseconds that a member may be away before it counts as missing. @default 20000 */
  patience?: number;
  /** Milliseconds that it must be here again before it counts as back. @default 3000 */
  settling?: number;
}

/** What {@linkcode SplitWatch} tells: peer ids, sorted. */
export type SplitEvent =
  /** All that are missing now. */
  | { type: "split"; missing: string[] }
  /** Those that were missing and are back. */
  | { type: "healed"; peers: string[] };

/** Follows the coming and going of members. */
export class SplitWatch {
  readonly #patience: number;
  readonly #settling: number;
  /** Since when each member that was here is away, in milliseconds. */
  readonly #away = new Map<string, number>();
  /** Members told as missing, and since when they are back, if they are. */
  readonly #told = new Map<string, number | undefined>();

  constructor({ patience = 20_000, settling = 3_000 }: SplitOptions = {}) {
    this.#patience = patience;
    this.#settling = settling;
  }

  /** `peer` is here. */
  joined(peer: string, now: number): void {
    this.#away.delete(peer);
    if (this.#told.has(peer)) this.#told.set(peer, now);
  }

  /** `peer` is gone; `goodbye`: it said that it would. */
  left(peer: string, now: number, { goodbye = false }: { goodbye?: boolean } = {}): void {
    if (goodbye) return this.forget(peer);
    this.#away.set(peer, now);
    if (this.#told.has(peer)) this.#told.set(peer, undefined);
  }

  /** `peer` is nobody to wait for any more. */
  forget(peer: string): void {
    this.#away.delete(peer);
    this.#told.delete(peer);
  }

  /** What is to be told at `now`; each only once. */
  check(now: number): SplitEvent[] {
    const events: SplitEvent[] = [];
    const back = [...this.#told].filter(([, since]) => since !== undefined && now - since >= this.#settling);
    if (back.length > 0) {
      for (const [peer] of back) this.#told.delete(peer);
      events.push({ type: "healed", peers: back.map(([peer]) => peer).sort() });
    }
    const missing = [...this.#away].filter(([, since]) => now - since >= this.#patience).map(([peer]) => peer).sort();
    if (missing.some((peer) => !this.#told.has(peer))) {
      for (const peer of missing) this.#told.set(peer, undefined);
      events.push({ type: "split", missing });
    }
    return events;
  }

  /** When {@linkcode SplitWatch.check} may have something to tell next; Infinity if nothing is under way. */
  nextDue(): number {
    const missing = [...this.#away].filter(([peer]) => !this.#told.has(peer)).map(([, since]) =>
      since + this.#patience
    );
    const back = [...this.#told.values()].flatMap((since) => since === undefined ? [] : [since + this.#settling]);
    return Math.min(Infinity, ...missing, ...back);
  }
}
