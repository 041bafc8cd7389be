/**
 * What members did wrong, and who is left alone for a while because of it.
 *
 * An offence is what a member itself sent over a connection of its own, or signed: weights or features that cannot be
 * believed, or what is not the protocol. A line that is cut, silence and being busy are none.
 *
 * @module
 */
import { world } from "../../core/world.ts";

/** Offences, less what went well since, after which a member is paused. */
const PATIENCE = 5;
/** The first pause, in milliseconds; each further one is twice as long. */
const FIRST_PAUSE = 10 * 60_000;
/** The longest. */
const LONGEST_PAUSE = 2 * 60 * 60_000;

/** A member is left alone for a while. */
export interface PausedEvent {
  /** Nothing of it is mixed, taken or believed until the pause ends. */
  type: "paused";
  /** Its peer id. */
  peer: string;
  /** Why, as half a sentence: how often it did what. */
  reason: string;
  /** Milliseconds. */
  duration: number;
}

/** What is known of one member's conduct. */
export interface ConductRecord {
  /** Offences of this life, whether it was paused for them or not. */
  readonly offences: number;
  /** Why it was paused last; absent: it never was. */
  readonly reason?: string;
  /** Whether it is paused now. */
  readonly paused: boolean;
}

interface Entry {
  offences: number;
  /** What counts towards the next pause. */
  open: number;
  pauses: number;
  until: number;
  reason?: string;
}

/** Options of {@linkcode Conduct}. */
export interface ConductOptions {
  emit: (event: PausedEvent) => void;
  /** Milliseconds on a clock that never goes back. @default world.elapsed */
  now?: () => number;
}

/** Counts offences, and pauses members. */
export class Conduct {
  readonly #emit: ConductOptions["emit"];
  readonly #now: () => number;
  readonly #entries = new Map<string, Entry>();

  /** Nobody has done anything. */
  constructor({ emit, now = world.elapsed }: ConductOptions) {
    this.#emit = emit;
    this.#now = now;
  }

  /** `peer` did wrong: `what`, as a sentence. */
  offence(peer: string, what: string): void {
    const entry = this.#entries.get(peer) ?? { offences: 0, open: 0, pauses: 0, until: -Infinity };
    this.#entries.set(peer, entry);
    entry.offences++;
    // what was under way when the pause began counts towards no other
    if (this.isPaused(peer) || ++entry.open < PATIENCE) return;
    const duration = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** entry.pauses);
    entry.pauses++;
    entry.open = 0;
    entry.until = this.#now() + duration;
    entry.reason = `${entry.offences} times what it sent was refused, the last time: ${what}`;
    this.#emit({ type: "paused", peer, reason: entry.reason, duration });
  }

  /** What `peer` sent was as it should be. */
  good(peer: string): void {
    const entry = this.#entries.get(peer);
    if (entry) entry.open = Math.max(0, entry.open - 1);
  }

  /** Whether nothing of `peer` is believed now. */
  isPaused(peer: string): boolean {
    return (this.#entries.get(peer)?.until ?? -Infinity) > this.#now();
  }

  /** Why nothing of `peer` is believed now, as half a sentence; undefined: it is. */
  whyPaused(peer: string): string | undefined {
    return this.isPaused(peer) ? this.#entries.get(peer)!.reason : undefined;
  }

  /** What is known of `peer`; undefined: nothing against it. */
  of(peer: string): ConductRecord | undefined {
    const entry = this.#entries.get(peer);
    if (!entry) return undefined;
    const { offences, reason } = entry;
    return { offences, paused: this.isPaused(peer), ...(reason !== undefined && { reason }) };
  }
}
