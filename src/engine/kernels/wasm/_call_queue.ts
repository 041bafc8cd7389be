/**
 * Calls of kernels in shared memory, of which every thread takes the next. Positions count up for ever (modulo 2^32):
 * `end` is where published calls end, `next` the first that nobody has taken, `done` how many have been finished.
 *
 * @module
 */

/** What an instance of the kernels exports. */
export type KernelExports = Record<string, (...values: number[]) => number>;

/** One call: a kernel and its arguments, at most {@linkcode MAX_ARGUMENTS}. */
export type KernelCall = readonly [kernel: string, ...values: number[]];

/** What a thread is started with. */
export interface ThreadInput {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly queue: SharedArrayBuffer;
}

/** Calls that fit into the queue; a power of two. */
export const CAPACITY = 1024;
/** Arguments of a call. */
const MAX_ARGUMENTS = 30;
/**
 * Looks at the queue before a thread without work goes to sleep: some tens of microseconds, the gap between two ops.
 */
const SPINS = 4000;

const [NEXT, END, DONE, FAILED] = [0, 16, 32, 48]; // a cache line each
const HEADER_BYTES = 256;
const SLOT = MAX_ARGUMENTS + 2; // kernel, argument count, arguments

/** The queue as one thread sees it. */
export class CallQueue {
  readonly buffer: SharedArrayBuffer;
  readonly #state: Int32Array;
  readonly #slots: Float64Array;
  /** The kernels' names in the order that all threads agree on. */
  #names: readonly string[] | undefined;

  constructor(buffer = new SharedArrayBuffer(HEADER_BYTES + CAPACITY * SLOT * 8)) {
    this.buffer = buffer;
    this.#state = new Int32Array(buffer, 0, HEADER_BYTES / 4);
    this.#slots = new Float64Array(buffer, HEADER_BYTES);
  }

  /** Appends at most {@linkcode CAPACITY} calls; the queue must be empty. */
  publish(calls: readonly KernelCall[], exports: KernelExports): void {
    const names = this.#namesOf(exports);
    const start = this.#state[END];
    calls.forEach(([name, ...values], i) => {
      const at = ((start + i) & (CAPACITY - 1)) * SLOT;
      this.#slots[at] = names.indexOf(name);
      this.#slots[at + 1] = values.length;
      this.#slots.set(values, at + 2);
    });
    Atomics.store(this.#state, END, start + calls.length);
    Atomics.notify(this.#state, END);
  }

  /** Takes one call and runs it; false if there was none. */
  runNext(exports: KernelExports): boolean {
    const position = Atomics.load(this.#state, NEXT);
    if (((Atomics.load(this.#state, END) - position) | 0) <= 0) return false;
    if (Atomics.compareExchange(this.#state, NEXT, position, (position + 1) | 0) !== position) return true;
    const at = (position & (CAPACITY - 1)) * SLOT;
    const values = this.#slots.subarray(at + 2, at + 2 + this.#slots[at + 1]);
    try {
      exports[this.#namesOf(exports)[this.#slots[at]]](...values);
    } catch {
      Atomics.store(this.#state, FAILED, 1);
    }
    const done = (Atomics.add(this.#state, DONE, 1) + 1) | 0;
    if (done === Atomics.load(this.#state, END)) Atomics.notify(this.#state, DONE);
    return true;
  }

  /** Returns when there may be something to take. */
  waitForCalls(): void {
    const position = Atomics.load(this.#state, NEXT);
    for (let spin = 0; spin < SPINS; spin++) if (Atomics.load(this.#state, END) !== position) return;
    Atomics.wait(this.#state, END, position);
  }

  /** Returns when all calls have been finished. */
  waitUntilDone(): void {
    const end = this.#state[END];
    for (let spin = 0; spin < SPINS; spin++) if (Atomics.load(this.#state, DONE) === end) break;
    for (;;) {
      const done = Atomics.load(this.#state, DONE);
      if (done === end) break;
      Atomics.wait(this.#state, DONE, done);
    }
    if (Atomics.exchange(this.#state, FAILED, 0) !== 0) throw new Error("a kernel of the wasm engine has failed");
  }

  #namesOf(exports: KernelExports): readonly string[] {
    return this.#names ??= Object.keys(exports).sort();
  }
}
