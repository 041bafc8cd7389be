import type { Cell } from "../../src/evaluation/cell.ts";
import type { Score } from "../../src/segmentation/metrics/score.ts";
import type { ResultRow } from "../../src/evaluation/results/row.ts";

/** Figures of today's metrics. */
interface Figures {
  dice: Score;
  hd95: Score;
  assd: Score;
}

/** A row with defaults. */
export function row({ dice = 0.5, hd95 = 5, assd = 1, ...some }: Partial<Omit<ResultRow, "measures"> & Figures> = {}) {
  const cell: Cell = { method: "fcl", mode: "local", labelled: 1, fold: 0, seed: 1 };
  return { ...cell, site: "1", case: "a", class: "LV", ...some, measures: { dice, hd95, assd } };
}

/** A whole small evaluation whose figures follow from the names: fcl is 0.1 ahead of scratch in every case. */
export function evaluation(): ResultRow[] {
  return ["scratch", "fcl"].flatMap((method, m) =>
    [1, 2].flatMap((labelled, n) =>
      [11, 12].flatMap((seed, s) =>
        ["1", "2"].flatMap((site, i) =>
          ["a", "b", "c"].flatMap((name, c) =>
            ["RV", "LV"].map((label, l) =>
              row({
                method,
                labelled,
                seed,
                site,
                case: `${site}${name}`,
                class: label,
                dice: 0.2 + 0.1 * m + 0.1 * n + 0.02 * s + 0.04 * i + 0.01 * c + 0.1 * l,
                hd95: name === "c" && method === "scratch" ? Infinity : 4 - m + i,
                assd: null,
              })
            )
          )
        )
      )
    )
  );
}
