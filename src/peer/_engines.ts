/** The engine that a peer computes on, and the one after it when its device is lost. */
import { messageOf, UserError } from "../core/errors.ts";
import { DeviceLostError, type Engine, engines, startEngine } from "../engine/engine.ts";
import type { Checkpoints } from "./checkpoints.ts";
import type { PeerConfiguration } from "./configuration.ts";
import type { EngineDescription } from "./events.ts";

/** Options of {@linkcode PeerEngines.surviving}. */
export interface SurvivingOptions {
  /** What the user is told that the next engine does. */
  again: string;
  /** Those that the work goes on from. */
  checkpoints: Pick<Checkpoints, "since" | "directory">;
  /** Lets go of all that lies on an engine that is lost. */
  release: () => Promise<void>;
  warn: (message: string) => void;
}

/** One engine after another. */
export class PeerEngines {
  readonly #settings: PeerConfiguration["engine"];
  readonly #among: readonly Engine[];
  #current: EngineDescription | undefined;

  /** @param among the registry. */
  constructor(settings: PeerConfiguration["engine"], among: readonly Engine[] = engines) {
    this.#settings = settings;
    this.#among = among;
  }

  /** The engine that computes, with those that were lost before it. */
  get current(): EngineDescription {
    if (!this.#current) throw new Error("the engine has not been started");
    return this.#current;
  }

  /**
   * Starts the configured engine.
   *
   * @throws {UserError} if it does not work on this machine.
   */
  async start(warn: (message: string) => void): Promise<EngineDescription> {
    const { name, threads, adapter, activations } = this.#settings;
    const options = { engine: name, threads, adapter, activations, warn, among: this.#among };
    return this.#current = await startEngine(options);
  }

  /**
   * Does `work`, and once more on the next engine whenever the current one's device is lost.
   *
   * @throws {UserError} if the peer is to stop then, or no engine is left that works.
   */
  async surviving<T>(work: () => Promise<T>, options: SurvivingOptions): Promise<T> {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof DeviceLostError)) throw error;
        await this.#goOnAfter(error, options);
      }
    }
  }

  async #goOnAfter(error: DeviceLostError, { again, checkpoints, release, warn }: SurvivingOptions): Promise<void> {
    const { name } = this.current;
    const lost = `the ${name} engine is lost: ${messageOf(error)}`;
    if (this.#settings.onLoss === "stop") {
      const { since, directory } = checkpoints;
      throw new UserError(`computing: ${lost}; started again, the peer goes on from ${since}`, {
        where: directory,
        cause: error,
      });
    }
    await release();
    const next = await this.#replace(error, warn);
    warn(`${lost}; the ${next.name} engine ${again}`);
  }

  /** Starts the best engine that is left. @throws {UserError} if none is that works. */
  async #replace(error: DeviceLostError, warn: (message: string) => void): Promise<EngineDescription> {
    const { name, lost = [] } = this.current;
    const { threads, adapter, activations } = this.#settings;
    const gone = [name, ...lost.map((former) => former.name)];
    const among = this.#among.filter((engine) => !gone.includes(engine.name));
    if (among.length === 0) {
      throw new UserError(`computing: the ${name} engine is lost, and there is no other to go on with`, {
        value: messageOf(error),
        cause: error,
      });
    }
    const next = await startEngine({ threads, adapter, activations, warn, among });
    return this.#current = { ...next, lost: [...lost, { name, reason: messageOf(error) }] };
  }
}
