/**
 * What fine-tuning and testing have cost, a row a method and mode.
 *
 * @module
 */
import { formatDuration } from "../../display/formats/duration.ts";
import { formatNumber } from "../../display/formats/number.ts";
import { NONE } from "../../display/formats/none.ts";
import { meanOf } from "../../display/statistics.ts";
import type { FinishedCell } from "../results/finished_cell.ts";
import type { TitledTable } from "../../display/tables/table.ts";

/** Means over the cells. */
export function costTable(finished: readonly FinishedCell[]): TitledTable {
  const kinds = Map.groupBy(finished, ({ cell }) => cell.split("/").slice(0, 2).join(", "));
  return {
    title: "Fine-tuning and testing",
    note:
      "Means over cells, each of all tested sites: one process's time, bytes that all sites sent, and the energy that " +
      "the processor's counters tell of the whole machine, where it has them.",
    header: ["method, fine-tuning", "cells", "time", "sent, MB", "energy, kJ"],
    rows: [...kinds].map(([kind, cells]) => {
      const mean = (pick: (cell: FinishedCell) => number | null) => meanOf(cells.map(pick));
      const joules = mean((cell) => cell.joules);
      return [
        kind,
        String(cells.length),
        formatDuration(mean((cell) => cell.seconds)!),
        formatNumber(mean((cell) => cell.bytes)! / 1e6, 3),
        joules === null ? NONE : formatNumber(joules / 1e3, 3),
      ];
    }),
  };
}
