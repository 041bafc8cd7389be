/**
 * A network in memory: machines at addresses, lines between them that take time, are cut and mended, and connections
 * over them that keep the order of what is sent, as TCP does.
 */
import type { Rng } from "../../../src/core/rng.ts";
import type { MemoryNode } from "./_node.ts";
import type { Process, VirtualWorld } from "./_virtual_world.ts";

/** One machine. */
export interface Machine {
  readonly name: string;
  /** An IPv4 address. */
  readonly address: string;
  /** Whether nobody can call it, as behind a NAT. */
  isHidden?: boolean;
  /** What listens there now. */
  node?: MemoryNode;
}

/** How long what is sent between two machines is on its way. */
interface Line {
  /** Milliseconds at least. */
  readonly delay: number;
  /** Milliseconds more, at most. */
  readonly jitter: number;
  /** Bytes a millisecond. */
  readonly rate: number;
  /** What does not come through: all, or only what goes to the machine that is named. */
  cut: "all" | { to: string } | undefined;
  /** Called when it is mended. */
  readonly mended: Set<() => void>;
}

/** Lines between all machines. */
export class Network {
  readonly #lines = new Map<string, Line>();
  readonly machines = new Map<string, Machine>();
  /** Pairs of a pipe for each connection that there was. */
  connections = 0;

  constructor(readonly world: VirtualWorld, readonly rng: Rng) {}

  /** A machine at an address of its own. */
  machine(name: string): Machine {
    const machine: Machine = { name, address: `10.0.0.${this.machines.size + 1}` };
    this.machines.set(machine.address, machine);
    return machine;
  }

  /** The line between two. */
  line(a: Machine, b: Machine): Line {
    const key = [a.name, b.name].sort().join(" ");
    const line = this.#lines.get(key) ?? {
      delay: this.rng.uniform(0.2, this.rng.chance(0.3) ? 120 : 20),
      jitter: this.rng.uniform(0, 10),
      rate: this.rng.uniform(200, 10_000),
      cut: undefined,
      mended: new Set(),
    };
    this.#lines.set(key, line);
    return line;
  }

  /** From now on nothing comes through, or nothing to `b`, and nobody is told. */
  cut(a: Machine, b: Machine, { oneWay = false }: { oneWay?: boolean } = {}): void {
    this.line(a, b).cut = oneWay ? { to: b.name } : "all";
  }

  /** What was sent meanwhile comes through now, in its order. */
  mend(a: Machine, b: Machine): void {
    const line = this.line(a, b);
    line.cut = undefined;
    for (const wake of [...line.mended]) wake();
  }

  /** One direction of a connection. */
  pipe(from: Machine, to: Machine, process: () => Process | undefined): Pipe {
    return new Pipe(this, this.line(from, to), { to: to.name, process });
  }
}

/** One direction of a connection: what is sent first arrives first. */
export class Pipe {
  readonly #network: Network;
  readonly #line: Line;
  /** That of the receiver. */
  readonly #process: () => Process | undefined;
  readonly #to: string;
  readonly #held: (() => void)[] = [];
  #last = 0;

  constructor(network: Network, line: Line, { to, process }: { to: string; process: () => Process | undefined }) {
    this.#to = to;
    this.#network = network;
    this.#line = line;
    this.#process = process;
  }

  /** Lets `arrive` happen at the other end, which may be never. */
  send(arrive: () => void, bytes = 100): void {
    const { world, rng } = this.#network;
    const { delay, jitter, rate } = this.#line;
    const at = world.time + delay + rng.uniform(0, jitter) + bytes / rate;
    this.#last = Math.max(this.#last + 1e-6, at);
    world.at(this.#last, () => this.#arrive(arrive), this.#process());
  }

  get #isCut(): boolean {
    const { cut } = this.#line;
    return cut === "all" || cut?.to === this.#to;
  }

  #arrive(act: () => void): void {
    if (!this.#isCut && this.#held.length === 0) return act();
    this.#held.push(act);
    this.#line.mended.add(this.#mended);
  }

  readonly #mended = () => {
    this.#line.mended.delete(this.#mended);
    const { world } = this.#network;
    // a sender that had no answer sends again
    const at = world.time + this.#line.delay + this.#network.rng.uniform(0, 1_000);
    this.#last = Math.max(this.#last, at);
    world.at(at, () => {
      if (this.#isCut) return void this.#line.mended.add(this.#mended);
      for (const act of this.#held.splice(0)) act();
    }, this.#process());
  };
}
