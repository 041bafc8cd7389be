/**
 * One site through all its lives: a real peer process, which is started again when it was killed.
 *
 * @module
 */
import type { WrittenSite } from "../../src/cli/consortium.ts";
import { type LaunchedPeer, type LaunchOptions, launchPeer } from "../../src/cli/launch.ts";
import { raceAbort } from "../../src/core/deadline.ts";
import type { PeerEvent } from "../../src/peer/events.ts";

/** What a site told, and in which of its lives, counted from 1. */
export interface Told {
  readonly life: number;
  readonly event: PeerEvent;
}

/** How a site came to its end. */
export interface Ending {
  /** Of its last life. */
  readonly code: number;
  /** Lives that ended with another code than 0 although nobody had killed them. */
  readonly failures: number;
}

/** Lives that may fail before it is given up. */
const MOST_FAILURES = 3;

/** A site that is tried. */
export class TriedSite {
  readonly name: string;
  readonly peerId: string;
  readonly directory: string;
  readonly told: Told[] = [];
  /** How it came to its end. */
  readonly ended: Promise<Ending>;
  readonly #options: LaunchOptions;
  readonly #stays: boolean;
  #peer!: LaunchedPeer;
  #life = 0;
  #isRunning = false;
  #isKilled = false;
  #isGivenUp = false;
  #wake = Promise.withResolvers<void>();

  /** Starts it. @param site.preload in its first life; in the later ones, too, where it `stays` */
  constructor({ peerId, stays = false, ...options }: WrittenSite & LaunchOptions & { stays?: boolean }) {
    this.#options = options;
    this.#stays = stays;
    this.name = options.name;
    this.peerId = peerId;
    this.directory = options.directory;
    this.ended = this.#live();
  }

  /** How often it was started. */
  get lives(): number {
    return this.#life;
  }

  /**
   * Resolves with the first that fits, of what it told or will tell, but for the first `seen`.
   *
   * @throws the signal's reason.
   */
  async tells(fits: (event: PeerEvent) => boolean, signal: AbortSignal, seen = 0): Promise<PeerEvent> {
    for (;;) {
      for (; seen < this.told.length; seen++) if (fits(this.told[seen].event)) return this.told[seen].event;
      await raceAbort(this.#wake.promise, signal);
    }
  }

  /** Sends a signal, unless it has just ended. @returns whether it got there. */
  signal(signal: "SIGSTOP" | "SIGCONT" | "SIGKILL"): boolean {
    if (!this.#isRunning) return false;
    try {
      Deno.kill(this.#peer.pid, signal);
      return true;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return false;
      throw error;
    }
  }

  /** Ends its present life at once; it is started again. @returns whether there was one to end. */
  kill(): boolean {
    this.#isKilled = true;
    const isKilled = this.signal("SIGKILL");
    if (!isKilled) this.#isKilled = false;
    return isKilled;
  }

  /** Ends it for good. */
  giveUp(): void {
    this.#isGivenUp = true;
    this.signal("SIGKILL");
  }

  async #live(): Promise<Ending> {
    for (let failures = 0;;) {
      this.#life++;
      this.#isKilled = false;
      const { preload, ...options } = this.#options;
      const isLoaded = preload !== undefined && (this.#life === 1 || this.#stays);
      this.#peer = launchPeer({ ...options, ...(isLoaded && { preload }) });
      this.#isRunning = true;
      for await (const event of this.#peer.events) {
        this.told.push({ life: this.#life, event });
        this.#wake.resolve();
        this.#wake = Promise.withResolvers();
      }
      const code = await this.#peer.status;
      this.#isRunning = false;
      if (code !== 0 && !this.#isKilled) failures++;
      if (code === 0 || this.#isGivenUp || failures >= MOST_FAILURES) return { code, failures };
    }
  }
}
