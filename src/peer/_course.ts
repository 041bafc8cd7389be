/**
 * Where a training goes on after a round that a site has trained: where it is, in the round that most others have come
 * to, or from a member's weights; and whether it takes part in the averaging there.
 *
 * @module
 */
import type { LateState } from "../mesh/averaging/late_state.ts";
import type { Mesh } from "../mesh/mesh.ts";
import { attempt } from "./_attempt.ts";
import type { Ahead } from "./_lateness.ts";
import { aheadOf, believed, farBeyond, takeNeighbour } from "./_neighbours.ts";
import { LONGEST_WAIT, tellOfLag, tellOfStray, tellOfWait, tellOfWay } from "./_round_notes.ts";
import type { Run, Training } from "./_run.ts";

/** What becomes of a round that was trained. */
export interface Turn {
  /** The round that it counts in, or that the site goes on from. */
  readonly round: number;
  /** What the site goes on from in place of what it trained. */
  readonly state?: LateState;
  /** Why the site averages with nobody, as a sentence; undefined: it does. */
  readonly alone?: string;
}

/** That of one training. */
export class Course {
  readonly #run: Run;
  readonly #training: Training;
  /** Whether nothing of others has come in yet. */
  #isNew: boolean;
  /** Whether it was far behind already. */
  #isSlow = false;
  /** Rounds for which it did not know how far the others are. */
  #waited = 0;
  readonly #stray = new Set<string>();

  constructor(run: Run, training: Training) {
    this.#run = run;
    this.#training = training;
    this.#isNew = training.done === 0 && training.joinsAfter === undefined;
  }

  /** What becomes of what was trained as round `trained`; takes a member's weights where the site goes on from them. */
  async turn(trained: number): Promise<Turn> {
    tellOfStray(this.#run, this.#stray);
    const own = this.#amongOthers(trained);
    const mayBeLate = this.#isNew || this.#training.joinsAfter !== undefined;
    const ahead = mayBeLate ? aheadOf(this.#run, this.#training, own + 1) : undefined;
    const taken = await this.#takeState(own, ahead);
    const alone = this.#whyAlone({ ahead, hasTaken: taken !== undefined });
    return { round: own, ...taken, alone };
  }

  /** Weights of others have come in: it is new no more. */
  mixed(): void {
    this.#isNew = false;
  }

  /** The round that what a slow site trained counts in; the steps of fine-tuning are the site's own, and it does them all. */
  #amongOthers(trained: number): number {
    if (this.#isNew || this.#training.method) return trained;
    const beyond = farBeyond(this.#run, this.#training, { round: trained, again: this.#isSlow });
    if (beyond === undefined) return trained;
    tellOfLag(this.#run, trained, beyond);
    this.#isSlow = true;
    return beyond;
  }

  /** Goes on from the state of a member that is ahead, or, in the same round, from what the others agree on. */
  async #takeState(
    own: number,
    ahead: Ahead | undefined,
  ): Promise<Pick<Required<Turn>, "round" | "state"> | undefined> {
    const run = this.#run, training = this.#training, isNew = this.#isNew;
    const further = ahead &&
      await attempt(run, "taking a state", () => takeNeighbour(run, training, { round: own, ahead }));
    const nearer = further || isNew
      ? undefined
      : await attempt(run, "coming back", () => run.mesh.comeBack(run.signal));
    const state = further ?? nearer;
    if (!state) return undefined;
    const round = further ? Math.min(further.round - training.before, training.rounds) : own;
    training.weights.replace(state.vector, training.before + round);
    tellOfWay(run, { isNew, isBack: !further, round });
    this.mixed();
    return { round, state };
  }

  #whyAlone({ ahead, hasTaken }: { ahead: Ahead | undefined; hasTaken: boolean }): string | undefined {
    const { mesh } = this.#run;
    const knows = !this.#isNew || (!ahead && knowsEverybody(mesh));
    if (!knows && ++this.#waited === LONGEST_WAIT + 1) tellOfWait(this.#run, ahead !== undefined);
    if (hasTaken && mesh.averaging.sumsOnly) {
      return "this site has just gone on from others' weights, and adds nothing of its own to a sum yet";
    }
    return knows || this.#waited > LONGEST_WAIT ? undefined : "this site does not know yet how far the others are";
  }
}

/** Whether everybody who is there has said how far they are: before that, a new peer does not know if it comes late. */
function knowsEverybody(mesh: Mesh): boolean {
  const heads = mesh.heads();
  return believed(mesh).every(({ peer, admitted }) => !admitted || heads.has(peer));
}
