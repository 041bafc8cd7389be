/**
 * What a relay carries between two members, as the code above a transport sees it: a connection over those that each of
 * the two has to the relay, with limits that go down, which ends with either of them. The relay's own protocol (hop and
 * stop messages) and the encryption from end to end are not there.
 */
import type { MemoryConnection, Way } from "./_connection.ts";
import type { Process, VirtualWorld } from "./_virtual_world.ts";

/** What a relay allows of a connection. */
export interface CircuitLimits {
  /** Bytes of both directions together. */
  bytes: number;
  /** Seconds. */
  seconds: number;
}

/** One connection that a relay carries. */
export class Circuit {
  /** Of the caller, then of the called one. */
  readonly ends: MemoryConnection[] = [];
  readonly #world: VirtualWorld;
  readonly #legs: readonly [MemoryConnection, MemoryConnection];
  readonly #limits: CircuitLimits | undefined;
  readonly #until: number;
  #carried = 0;
  #isOpen = true;

  /** @param legs the relay's ends of its connections to the caller and to the called one */
  constructor(
    legs: readonly [MemoryConnection, MemoryConnection],
    { world, limits, process }: { world: VirtualWorld; limits?: CircuitLimits; process?: Process },
  ) {
    this.#legs = legs;
    this.#world = world;
    this.#limits = limits;
    this.#until = world.time + 1_000 * (limits?.seconds ?? Infinity);
    if (limits) world.at(this.#until, () => this.cut(), process);
  }

  /** What is left of it; undefined where nothing limits it. */
  get limits(): { bytes: bigint; seconds: number } | undefined {
    if (!this.#limits) return undefined;
    const seconds = Math.max(0, Math.round((this.#until - this.#world.time) / 1_000));
    return { bytes: BigInt(Math.max(0, Math.round(this.#limits.bytes - this.#carried))), seconds };
  }

  /** Whether it goes over `connection`, seen from either side. */
  goesOver(connection: MemoryConnection): boolean {
    return this.#legs.some((leg) => leg === connection || leg.remote === connection);
  }

  /** The way from one end to the other. @param from 0: the caller's */
  way(from: 0 | 1): Way {
    const [near, far] = from === 0 ? this.#legs : [...this.#legs].reverse();
    return {
      send: (arrive, bytes = 100) =>
        near.remote.pipe.send(() => {
          if (!this.#isOpen) return;
          this.#carried += bytes;
          if (this.#carried > (this.#limits?.bytes ?? Infinity)) return this.cut();
          if (far.status === "open") far.pipe.send(arrive, bytes);
        }, bytes),
    };
  }

  /** The relay ends it. */
  cut(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    for (const [i, leg] of this.#legs.entries()) {
      if (leg.status === "open") leg.pipe.send(() => this.ends[i]?.lost());
    }
  }
}
