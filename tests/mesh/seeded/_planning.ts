/** How a site in a virtual world comes to a plan with the others. */
import { PlanTalk } from "../../../src/mesh/plans/plan_talk.ts";
import type { FixedPlan } from "../../../src/mesh/plans/protocol.ts";
import type { Statement } from "../../../src/mesh/plans/statement.ts";
import type { MemoryFiles } from "./_files.ts";

/** One site's, through all lives of its process. */
export class SitePlanning {
  /** The plan that it has kept. */
  plan: FixedPlan | undefined;
  /** Those of whom it was told that they go by another. */
  readonly others = new Set<string>();
  readonly #own: Statement;
  readonly #files: MemoryFiles;

  constructor(own: Statement, files: MemoryFiles) {
    this.#own = own;
    this.#files = files;
  }

  /** Members say numbers, and their plan is all of them in order, which is told once it is there. */
  begin(): PlanTalk {
    const talk = new PlanTalk({
      consortium: "seeded",
      own: this.#own,
      fixed: this.plan,
      check: () => {},
      planOf: (basis) => basis.map(({ says }) => Number(says)).sort((a, b) => a - b).join(" "),
      givesPlan: () => false,
      disclosesData: () => true,
      keep: async (fixed) => {
        await this.#files.write("state/plan", JSON.stringify(fixed));
        this.plan = fixed;
      },
    });
    if (!this.plan) void talk.settled.then(() => talk.tell());
    return talk;
  }

  /** A warning came of `peer`. */
  warned(message: string, peer: string): void {
    if (/goes by another plan/.test(message)) this.others.add(peer);
  }
}
