/**
 * What members have said towards a plan, as far as a site takes it: verified, one thing of each, and whoever has heard
 * the same holds the same.
 *
 * @module
 */
import canonicalize from "canonicalize";
import { messageOf } from "../../core/errors.ts";
import { isSaid, type Statement } from "./statement.ts";

/**
 * How often what a member has said may be replaced by something else that it said: honest sites do it once, when their
 * state was lost.
 */
const MOST_CHANGES = 8;

/** What a peer is to the consortium. */
export type Standing = "member" | "former" | "stranger";

/** What {@linkcode Statements} works with. */
export interface StatementsOptions {
  consortium: string;
  /** What this site says. */
  own: Statement;
  /** Throws a clause if a member may not say that. */
  check: (says: unknown) => void;
  standing: (peer: string) => Standing;
  /** Tells once what a member has done. */
  blame: (peer: string, message: string, about?: string) => void;
}

/** What became of a statement. */
export type Taking =
  /** It is held from now on. */
  | "new"
  /** It was held, or something is that counts before it. */
  | "known"
  /** Its member has left the consortium. */
  | "former"
  | "refused";

/** Theirs. */
export class Statements {
  readonly #options: StatementsOptions;
  readonly #held = new Map<string, Statement>();
  readonly #changes = new Map<string, number>();
  #revision = 0;

  /** @param first what was held before */
  constructor(options: StatementsOptions, first: readonly Statement[] = []) {
    this.#options = options;
    for (const statement of [options.own, ...first]) this.#held.set(statement.peer, statement);
  }

  /** All that is held, this site's own, too. */
  all(): Statement[] {
    return [...this.#held.values()];
  }

  /** Whether `peer` has said something. */
  has(peer: string): boolean {
    return this.#held.has(peer);
  }

  /** Grows by one with every change of what is held. */
  get revision(): number {
    return this.#revision;
  }

  /** @param from who passes it on */
  async take(statement: Statement, from: string): Promise<Taking> {
    const { own, blame, standing } = this.#options;
    const { peer, says } = statement;
    if (canonicalize(this.#held.get(peer)?.says) === canonicalize(says)) return "known";
    const is = peer === own.peer ? "member" : standing(peer);
    if (is === "stranger") {
      blame(from, `it passes on what ${shown(peer)} said towards the plan, which is no member`, "strangers");
      return "refused";
    }
    if (!await this.#isSound(statement, from)) return "refused";
    if (is === "former") return "former";
    const held = this.#held.get(peer); // meanwhile another may have come
    if (held && canonicalize(held.says) === canonicalize(says)) return "known";
    if (held) blame(peer, "it has said two things towards the plan: all take the same of them");
    const changes = this.#changes.get(peer) ?? 0;
    if (held && (canonicalize(held.says)! < canonicalize(says)! || changes === MOST_CHANGES)) return "known";
    if (held) this.#changes.set(peer, changes + 1);
    this.#held.set(peer, statement);
    this.#revision++;
    return "new";
  }

  /**
   * Whether all of `basis` may stand for a plan that was fixed: also what somebody said who has left since, or has said
   * another thing since.
   *
   * @param from who passes it on
   */
  async areSound(basis: readonly Statement[], from: string): Promise<boolean> {
    const { own, standing } = this.#options;
    if (new Set(basis.map(({ peer }) => peer)).size < basis.length) return false;
    for (const statement of basis) {
      const isOfConsortium = statement.peer === own.peer || standing(statement.peer) !== "stranger";
      if (!isOfConsortium || !await this.#isSound(statement, from)) return false;
    }
    return true;
  }

  /** Lets go of what those have said that belong no more. @returns whether there was any */
  forgetFormer(): boolean {
    const { own, standing } = this.#options;
    const gone = [...this.#held.keys()].filter((peer) => peer !== own.peer && standing(peer) !== "member");
    for (const peer of gone) this.#held.delete(peer);
    this.#revision += gone.length;
    return gone.length > 0;
  }

  /** Whether its member said it, and may. */
  async #isSound(statement: Statement, from: string): Promise<boolean> {
    const { consortium, check, blame } = this.#options;
    const { peer, says } = statement;
    if (!await isSaid(statement, consortium)) {
      const message = `what it passes on towards the plan as said by ${shown(peer)} is not signed by that member`;
      blame(from, message, "signatures");
      return false;
    }
    try {
      check(says);
      return true;
    } catch (error) {
      blame(peer, `what it says towards the plan is refused: ${messageOf(error)}`, "content");
      return false;
    }
  }
}

/** A peer id as others spell it, which may be anything: for people, printable. */
function shown(peer: string): string {
  return /^[\w-]+$/.test(peer) ? peer : JSON.stringify(peer);
}
