/**
 * When to tell of configured addresses that do not answer: soon, then seldom, and once more when one answers after all.
 * Pure: the clock comes from outside.
 *
 * An address is told once it has failed for `grace`, and again at the first failure after `first`, then after twice as
 * long, up to `longest`. One of a member that has answered is told no more: from then on the member's coming and going
 * is. One of a relay is told anew whenever the relay gives no slot any more.
 *
 * @module
 */

/** An address of the configuration. */
export interface ConfiguredAddress {
  /** Where it stands, such as `mesh.bootstrap[0]`. */
  setting: string;
  /** As it stands there. */
  address: string;
  /** Whether it is a relay's, for a slot. */
  relay: boolean;
}

/** An address that does not answer, and why not. */
export interface UnansweredAddress extends ConfiguredAddress {
  /** A clause. */
  reason: string;
}

/** Options of {@linkcode AddressWatch}. */
export interface AddressWatchOptions {
  /**
   * Milliseconds that an address may fail before it is told: peers that start together miss each other at first.
   * @default 5000
   */
  grace?: number;
  /** Milliseconds before it is told again. @default 60000 */
  first?: number;
  /** Longest wait before it is told again, in milliseconds. @default 3600000 */
  longest?: number;
}

interface State {
  failingSince?: number;
  reason?: string;
  /** When it may be told again; absent before the first time. */
  dueAt?: number;
  wait: number;
  /** Nothing is to be told of it any more. */
  over: boolean;
}

/** Follows the addresses of one peer's configuration. */
export class AddressWatch {
  readonly #options: Required<AddressWatchOptions>;
  readonly #states: ReadonlyMap<ConfiguredAddress, State>;

  constructor(
    addresses: Iterable<ConfiguredAddress>,
    { grace = 5_000, first = 60_000, longest = 3_600_000 }: AddressWatchOptions = {},
  ) {
    this.#options = { grace, first, longest };
    this.#states = new Map([...addresses].map((one) => [one, { wait: first, over: false }]));
  }

  /** The addresses that it follows. */
  addresses(): ConfiguredAddress[] {
    return [...this.#states.keys()];
  }

  /** An attempt that began at `since` has failed. Returns the sentence that is to be told now, if any. */
  failed(
    one: ConfiguredAddress,
    { reason, since, now }: { reason: string; since: number; now: number },
  ): string | undefined {
    const state = this.#states.get(one);
    if (!state || state.over) return undefined;
    state.failingSince ??= since;
    state.reason = reason;
    const isAgain = state.dueAt !== undefined;
    if (!isAgain && now - state.failingSince < this.#options.grace) return undefined;
    if (isAgain && now < state.dueAt!) return undefined;
    state.dueAt = now + state.wait;
    state.wait = Math.min(this.#options.longest, 2 * state.wait);
    const what = one.relay ? "gives no slot" : "does not answer";
    return `${nameOf(one)} ${isAgain ? "still " : ""}${what}: ${reason}; it goes on being called`;
  }

  /** It answered, or a relay gave a slot. Returns the sentence that is to be told now, if any. */
  answered(one: ConfiguredAddress): string | undefined {
    const state = this.#states.get(one);
    if (!state || state.over) return undefined;
    const wasTold = state.dueAt !== undefined;
    Object.assign(state, { failingSince: undefined, reason: undefined, dueAt: undefined, wait: this.#options.first });
    state.over = !one.relay;
    if (wasTold) return `${nameOf(one)} ${one.relay ? "gives a slot" : "answers"} after all`;
  }

  /** It leads to this peer itself. */
  isOwn(one: ConfiguredAddress): void {
    const state = this.#states.get(one);
    if (state) Object.assign(state, { over: true, reason: undefined });
  }

  /** Those that have failed and not answered since. */
  unanswered(): UnansweredAddress[] {
    return [...this.#states].flatMap(([one, { reason }]) => reason === undefined ? [] : [{ ...one, reason }]);
  }
}

function nameOf({ setting, address }: ConfiguredAddress): string {
  return `${setting} (${address})`;
}
