/**
 * SIGINT and SIGTERM for commands that have something to put in order before they end. The system ends every other
 * command at once.
 *
 * @module
 */

/** Aborted by the first of the signals; the reason says by which. Once disposed, the system ends the process again. */
export interface InterruptionSignal extends Disposable {
  readonly signal: AbortSignal;
  /** Which of them it was; undefined before. */
  readonly by: "SIGINT" | "SIGTERM" | undefined;
}

/**
 * Waits for SIGINT and SIGTERM. Further ones change nothing: a terminal tells every process of a command, and a command
 * tells the processes it began, so one of these hears of it twice.
 */
export function interruption(): InterruptionSignal {
  const controller = new AbortController();
  let by: InterruptionSignal["by"];
  const listeners = (["SIGINT", "SIGTERM"] as const).map((signal) => {
    const listener = () => {
      by ??= signal;
      controller.abort(new DOMException(`ended by ${signal}`, "AbortError"));
    };
    Deno.addSignalListener(signal, listener);
    return () => Deno.removeSignalListener(signal, listener);
  });
  return {
    signal: controller.signal,
    get by() {
      return by;
    },
    [Symbol.dispose]: () => listeners.forEach((remove) => remove()),
  };
}
