/** The checkpoints of a run, and what to do when one cannot be written. */
import { isUserError, messageOf } from "../core/errors.ts";
import type { NamedVector } from "../core/vectors.ts";
import { checkpointPretraining, type PretrainingCheckpoint } from "./_pretraining.ts";
import type { PeerConfiguration } from "./configuration.ts";

/** Checkpoints in a row that cannot be written before the peer ends: a full disk may be emptied meanwhile. */
const PATIENCE = 3;

/** One run's checkpoints. */
export class Checkpoints {
  readonly #configuration: PeerConfiguration;
  #round = 0;
  #unsaved: readonly NamedVector[] | undefined;
  #unwritten = 0;

  constructor(configuration: PeerConfiguration) {
    this.#configuration = configuration;
  }

  /** Goes on from the checkpoint of `round`; 0: from none. */
  resume(round: number): void {
    this.#round = round;
  }

  /** Where pre-training goes on after an interruption. */
  get since(): string {
    return this.#round === 0 ? "the start" : `the checkpoint of round ${this.#round}`;
  }

  /** The weights that were adopted after the latest checkpoint, because theirs could not be written. */
  get unsaved(): readonly NamedVector[] | undefined {
    return this.#unsaved;
  }

  /**
   * Writes a checkpoint.
   *
   * @returns what the user is told if it cannot be written; the last one that was stays.
   * @throws {UserError} the third time in a row that it cannot.
   */
  async write(checkpoint: PretrainingCheckpoint): Promise<string | undefined> {
    try {
      await checkpointPretraining(checkpoint, this.#configuration);
    } catch (error) {
      if (!isUserError(error) || ++this.#unwritten >= PATIENCE) throw error;
      this.#unsaved = checkpoint.weights;
      return `${messageOf(error)}; until the next round tries again, ${this.since} is what a restart goes on from`;
    }
    this.#round = checkpoint.round;
    this.#unsaved = undefined;
    this.#unwritten = 0;
  }
}
