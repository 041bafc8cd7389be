/**
 * A real peer that watches its own main thread: `network_blocks_process.ts CONFIGURATION` prints {@linkcode Blocks} as JSON.
 *
 * A timer that is due every few milliseconds comes late by as long as something else holds the thread; or the processor, if more
 * threads want to run than there are cores.
 *
 * @module
 */
import { runCommand } from "../../src/cli/command.ts";
import { readConfiguration } from "../../src/peer/configuration.ts";
import { runPeer } from "../../src/peer/peer.ts";

/** What was seen from the peer's start in the mesh to the end of its pre-training. */
export interface Blocks {
  /** Milliseconds. */
  longest: number;
  /** Part of the time that went by in blocks of more than 20 ms. */
  blocked: number;
}

/** Milliseconds between two looks, and how late one may be before it counts as blocked. */
const [INTERVAL, LATE] = [2, 20];

class Watch {
  longest = 0;
  #late = 0;
  #last = 0;
  #began = 0;
  #timer: ReturnType<typeof setInterval> | undefined;

  start(): void {
    this.#began = this.#last = performance.now();
    this.#timer = setInterval(() => {
      const now = performance.now();
      const late = now - this.#last - INTERVAL;
      this.#last = now;
      this.longest = Math.max(this.longest, late);
      if (late > LATE) this.#late += late;
    }, INTERVAL);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  get blocked(): number {
    return this.#late / (this.#last - this.#began);
  }
}

await runCommand(async () => {
  const configuration = await readConfiguration(Deno.args[0]);
  const watch = new Watch();
  await runPeer(configuration, {
    emit: (event) => {
      if (event.type === "started") watch.start();
      if (event.type === "round" && event.round === event.rounds) watch.stop();
    },
  });
  const { longest, blocked } = watch;
  console.log(JSON.stringify({ longest, blocked } satisfies Blocks));
  Deno.exit(0);
});
