/** The engine that a peer computes on, and the one after it when its device is lost. */
import { messageOf, UserError } from "../core/errors.ts";
import { type DeviceLostError, type Engine, engines, startEngine } from "../engine/engine.ts";
import type { PeerConfiguration } from "./configuration.ts";
import type { EngineDescription } from "./events.ts";

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
    const { name, threads, adapter } = this.#settings;
    return this.#current = await startEngine({ engine: name, threads, adapter, warn, among: this.#among });
  }

  /**
   * Starts the best engine that is left when the current one's device is lost.
   *
   * @throws {UserError} if none is left that works.
   */
  async replace(error: DeviceLostError, warn: (message: string) => void): Promise<EngineDescription> {
    const { name, lost = [] } = this.current;
    const { threads, adapter } = this.#settings;
    const gone = [name, ...lost.map((former) => former.name)];
    const among = this.#among.filter((engine) => !gone.includes(engine.name));
    if (among.length === 0) {
      throw new UserError(`computing: the ${name} engine is lost, and there is no other to go on with`, {
        value: messageOf(error),
        cause: error,
      });
    }
    const next = await startEngine({ threads, adapter, warn, among });
    return this.#current = { ...next, lost: [...lost, { name, reason: messageOf(error) }] };
  }
}
