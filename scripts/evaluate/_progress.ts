/**
 * What the terminal shows of an evaluation: a line for each cell and, now and then, for what runs.
 *
 * @module
 */
import type { PlannedCell } from "../../src/evaluation/plan/cells.ts";
import { progressOf } from "../../src/evaluation/plan/progress.ts";
import type { ReadResults } from "../../src/evaluation/results/results.ts";
import type { GroupEvent } from "../../src/evaluation/running/group.ts";
import { formatDuration } from "../../src/display/formats/duration.ts";
import { meanOf } from "../../src/display/statistics.ts";
import { nameOf } from "./_group.ts";

/** Milliseconds between two lines about one group that has not finished a cell. */
const EVERY = 20_000;

/** Lines of progress with the time that is left. */
export class Progress {
  readonly #plan: readonly PlannedCell[];
  readonly #results: ReadResults;
  readonly #parallel: number;
  readonly #told = new Map<string, number>();
  /** By group: when it first told something, and the round that it told of, if one. */
  readonly #begun = new Map<string, { at: number; round: number }>();
  /** By method: seconds that the last pre-training takes. */
  readonly #pretraining = new Map<string, number>();

  /** @param parallel groups that run at a time */
  constructor(plan: readonly PlannedCell[], results: ReadResults, parallel: number) {
    this.#plan = plan;
    this.#results = results;
    this.#parallel = parallel;
    const { finished, total } = progressOf(plan, results.finished);
    console.log(`${total} cells, of which ${finished} are finished`);
  }

  /** Cells still to be run. */
  get remaining(): readonly PlannedCell[] {
    return progressOf(this.#plan, this.#results.finished).remaining;
  }

  /** Shows what happened in the group of `first`. */
  tell(first: PlannedCell, event: GroupEvent): void {
    const group = nameOf(first);
    const now = performance.now();
    if (event.kind === "cell") {
      const dice = meanOf(event.rows.map(({ measures }) => measures.dice));
      return this.#say(`${event.cell.id}: mean Dice ${dice === null ? "not defined" : dice.toFixed(3)}`);
    }
    const begun = this.#begun.get(group);
    if (begun === undefined) {
      this.#begun.set(group, { at: now, round: event.kind === "pre-training" ? event.round : 0 });
    } else if (event.kind === "pre-training" && event.round > begun.round) {
      const seconds = (now - begun.at) / 1000; // of the rounds after the first that this process has run
      this.#pretraining.set(first.method, seconds * event.rounds / (event.round - begun.round));
    }
    if (now - (this.#told.get(group) ?? -Infinity) < EVERY) return;
    this.#told.set(group, now);
    this.#say(
      event.kind === "pre-training"
        ? `${group}: pre-training, round ${event.round} of ${event.rounds}, loss ${event.loss.toFixed(3)}`
        : `${event.cell}: ${event.done} of ${event.of}`,
    );
  }

  #say(line: string): void {
    const { finished, total } = progressOf(this.#plan, this.#results.finished);
    console.log(`[${finished}/${total}] ${line}${this.#left()}`);
  }

  /** Cells like those that are finished last as long as those did, and so do pre-trainings. */
  #left(): string {
    const { remaining, secondsLeft } = progressOf(this.#plan, this.#results.finished);
    if (secondsLeft === null || remaining.length === 0) return "";
    const waiting = new Map(
      remaining.flatMap((cell) =>
        cell.pretraining === null || this.#begun.has(nameOf(cell)) ? [] : [[cell.pretraining, cell.method] as const]
      ),
    );
    const known = [...this.#pretraining.values()];
    const mean = meanOf(known) ?? 0;
    const pretraining = [...waiting.values()].reduce((sum, name) => sum + (this.#pretraining.get(name) ?? mean), 0);
    const parallel = Math.min(this.#parallel, new Set(remaining.map(nameOf)).size);
    return `; about ${formatDuration((secondsLeft + pretraining) / parallel)} left`;
  }
}
