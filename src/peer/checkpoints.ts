/** The checkpoints of one training in rounds, and what to do when one cannot be written. */
import { isUserError, messageOf, UserError } from "../core/errors.ts";
import type { NamedVector } from "../core/vectors.ts";
import type { AuditHead } from "../mesh/anchors/audit_head.ts";
import { dropLatestCheckpoint, readLatestCheckpoint, writeCheckpoint } from "../model/checkpoint.ts";
import { readCheckpointState } from "./state/checkpoint_state.ts";
import { checkSettings, type Settings } from "./state/settings.ts";
import { momentumVectors, OUTER_MOMENTUM } from "./_optimiser_state.ts";

/** Checkpoints in a row that cannot be written before the peer ends: a full disk may be emptied meanwhile. */
const PATIENCE = 3;

/** What the names of vectors that are no weights begin with. */
const STATE = "state/";

/** What a checkpoint holds. */
export interface TrainingCheckpoint {
  round: number;
  /** The averaged weights. */
  weights: readonly NamedVector[];
  /** The training's state beside them. */
  state: readonly NamedVector[];
  /** Of the outer optimiser. */
  momentum?: Float32Array;
  /** Where links are one-way: what the site holds of all masses. */
  weight?: number;
  /** The audit log's head, which is on the disk: an anchor of the log (`audit/anchors.ts`). */
  audit?: AuditHead;
}

/** What goes on from a checkpoint; each throws a RangeError for what does not fit. */
export interface Restorable {
  setWeights(vectors: readonly NamedVector[]): void;
  /** Passes vectors over that are none of its own. */
  setState(vectors: readonly NamedVector[]): void;
}

/** Where a training goes on. */
export interface Restored {
  /** Rounds that are done. */
  round: number;
  /** As it was written; empty where there is no checkpoint. */
  state: readonly NamedVector[];
  /** Of the outer optimiser. */
  momentum?: Float32Array;
  /** Where links are one-way: what the site held of all masses. */
  weight?: number;
  /** What the user is told: checkpoints that were passed over, or that do not say their settings. */
  warnings: string[];
}

/** Options of {@linkcode Checkpoints}. */
export interface CheckpointsOptions {
  /** Rounds of the training before, that this one begins from: checkpoints after another number are void. */
  after?: number;
  /** Where earlier versions wrote them: read where the directory has none yet. */
  former?: string;
  /** What is trained under: checkpoints of others are refused. @default none: neither written nor compared */
  settings?: Settings;
  /** The flag that begins anew, for errors. @default "--begin-anew" */
  anew?: string;
  /** What is counted, for messages. @default "round" */
  unit?: string;
}

/** One training's checkpoints. */
export class Checkpoints {
  /** Where they lie. */
  readonly directory: string;
  readonly #options: CheckpointsOptions;
  #round = 0;
  #unsaved: readonly NamedVector[] | undefined;
  #unwritten = 0;

  /** Those in `directory`, which need not be there yet. */
  constructor(directory: string, options: CheckpointsOptions = {}) {
    this.directory = directory;
    this.#options = options;
  }

  /** Where the training goes on after an interruption. */
  get since(): string {
    const { unit = "round" } = this.#options;
    return this.#round === 0 ? "the start" : `the checkpoint of ${unit} ${this.#round}`;
  }

  /** The weights that were adopted after the latest checkpoint, because theirs could not be written. */
  get unsaved(): readonly NamedVector[] | undefined {
    return this.#unsaved;
  }

  /**
   * Gives `training`, which is new, what the latest whole checkpoint holds, and the weights that could not be written
   * after it.
   *
   * @throws {UserError} if it is the checkpoint of other settings, or all are damaged.
   */
  async restore(training: Restorable): Promise<Restored> {
    const restored = await this.#read(training);
    this.#round = restored.round;
    if (this.#unsaved) training.setWeights(this.#unsaved);
    return restored;
  }

  /**
   * Writes a checkpoint.
   *
   * @returns what the user is told if it cannot be written; the last one that was stays.
   * @throws {UserError} the third time in a row that it cannot.
   */
  async write({ round, weights, state, momentum, weight, audit }: TrainingCheckpoint): Promise<string | undefined> {
    try {
      const beside = [...state, ...momentumVectors(momentum)].map((v) => ({ ...v, name: STATE + v.name }));
      const vectors = [...weights, ...beside];
      const { after, settings } = this.#options;
      await writeCheckpoint(this.directory, { vectors, state: { round, after, settings, weight, audit } });
    } catch (error) {
      if (!isUserError(error) || ++this.#unwritten >= PATIENCE) throw error;
      this.#unsaved = weights;
      const { unit = "round" } = this.#options;
      return `${messageOf(error)}; until the next ${unit} tries again, ${this.since} is what a restart goes on from`;
    }
    this.#round = round;
    this.#unsaved = undefined;
    this.#unwritten = 0;
  }

  /** Goes back to the checkpoint before the latest one, or to the start. @returns whether there was one to drop. */
  async rollBack(): Promise<boolean> {
    this.#unsaved = undefined;
    return await dropLatestCheckpoint(this.directory);
  }

  async #read(training: Restorable): Promise<Restored> {
    const { after, former, settings: now, anew = "--begin-anew" } = this.#options;
    const checkpoint = await readLatestCheckpoint(this.directory) ??
      (former === undefined ? undefined : await readLatestCheckpoint(former));
    if (!checkpoint) return { round: 0, state: [], warnings: [] };
    const { round, after: begun, settings: before, weight } = readCheckpointState(checkpoint.state);
    const warnings = checkpoint.damaged.map(({ path, reason }) =>
      `passed over a damaged checkpoint, ${path}: ${reason}`
    );
    if (begun !== after) return { round: 0, state: [], warnings };
    if (now && before) checkSettings(before, now, { path: checkpoint.path, anew });
    else if (now) warnings.push(`${checkpoint.path} does not say its settings, those of now are taken to be the same`);
    const isState = ({ name }: NamedVector) => name.startsWith(STATE);
    const state = checkpoint.vectors.filter(isState).map((v) => ({ ...v, name: v.name.slice(STATE.length) }));
    try {
      training.setWeights(checkpoint.vectors.filter((vector) => !isState(vector)));
      training.setState(state);
    } catch (cause) {
      if (!(cause instanceof RangeError)) throw cause;
      throw new UserError(
        `resuming: the checkpoint must come from the same settings; ${messageOf(cause)}; begin anew with ${anew}`,
        { where: checkpoint.path, cause },
      );
    }
    return { round, state, warnings, weight, momentum: state.find(({ name }) => name === OUTER_MOMENTUM)?.data };
  }
}
