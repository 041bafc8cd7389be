/** Work that nobody waits for, such as asking a peer for what it has announced. */
import { messageOf } from "../../core/errors.ts";

/** What {@linkcode Background} works with. */
export interface BackgroundOptions {
  /** Aborted when the peer stops: what fails then is nobody's fault. */
  signal: AbortSignal;
  warn: (message: string, peer: string) => void;
}

/** Runs tasks; failures are told as warnings about the peer. */
export class Background {
  readonly #options: BackgroundOptions;
  readonly #tasks = new Set<Promise<void>>();

  constructor(options: BackgroundOptions) {
    this.#options = options;
  }

  /** Begins `work`; `doing` is what a warning about `peer` begins with. */
  run(peer: string, doing: string, work: () => Promise<void>): void {
    const { signal, warn } = this.#options;
    const task = work().catch((error) => {
      if (!signal.aborted) warn(`${doing}: ${messageOf(error)}`, peer);
    }).finally(() => this.#tasks.delete(task));
    this.#tasks.add(task);
  }

  /** Resolves once nothing is under way. */
  async ended(): Promise<void> {
    await Promise.all(this.#tasks);
  }
}
