/** Made-up sides of a comparison. */
import type { Compared, ComparedRow } from "../../src/comparing/run.ts";

/** One class of each case, "a", "b", …, with a Dice each. */
export function side(name: string, figures: readonly (number | null)[], rest: Partial<Compared> = {}): Compared {
  const rows = figures.map((dice, i): ComparedRow => ({
    case: String.fromCharCode(97 + i),
    class: "liver",
    scores: { dice },
  }));
  return { name, rows, curves: [], ...rest };
}
