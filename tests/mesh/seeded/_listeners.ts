/** Who listens to signals that have not been aborted: whoever waits for something does, and a leak keeps them. */
import type { Process } from "./_virtual_world.ts";

type Listener = Parameters<AbortSignal["addEventListener"]>[1];

/** All listeners there are, and what process has added them. */
export class Listeners {
  readonly #signals = new Map<AbortSignal, Map<Listener, Process>>();

  /** From now on all that is added and removed is seen. @param process that of now */
  enter(process: () => Process | undefined): Disposable {
    const signals = this.#signals;
    const { addEventListener, removeEventListener } = EventTarget.prototype;
    Object.defineProperties(AbortSignal.prototype, {
      addEventListener: {
        configurable: true,
        value: function (this: AbortSignal, ...args: Parameters<AbortSignal["addEventListener"]>) {
          addEventListener.apply(this, args);
          const by = process();
          if (!by || this.aborted) return;
          const listeners = signals.get(this) ?? new Map<Listener, Process>();
          signals.set(this, listeners.set(args[1], by));
        },
      },
      removeEventListener: {
        configurable: true,
        value: function (this: AbortSignal, ...args: Parameters<AbortSignal["removeEventListener"]>) {
          removeEventListener.apply(this, args);
          const listeners = signals.get(this);
          if (listeners?.delete(args[1]) && listeners.size === 0) signals.delete(this);
        },
      },
    });
    return {
      [Symbol.dispose]: () => {
        Reflect.deleteProperty(AbortSignal.prototype, "addEventListener");
        Reflect.deleteProperty(AbortSignal.prototype, "removeEventListener");
      },
    };
  }

  /** Those that `process` still has on each signal that is not aborted. */
  of(process: Process): number[] {
    const counts: number[] = [];
    for (const [signal, listeners] of this.#signals) {
      if (signal.aborted) {
        this.#signals.delete(signal);
        continue;
      }
      const count = [...listeners.values()].filter((by) => by === process).length;
      if (count > 0) counts.push(count);
    }
    return counts;
  }
}
