/**
 * A profile as rows of cells, for the terminal and the page.
 *
 * @module
 */

import { format as formatBytes } from "@std/fmt/bytes";
import { formatShare } from "../../src/display/formats/share.ts";
import type { TitledTable } from "../../src/display/tables/table.ts";
import { OUTSIDE, type Profile, sumBy } from "./_profile.ts";
import type { Traffic } from "./traffic.ts";

/**
 * What one step sends to a card and reads from it, and what the card moves.
 *
 * @param kernelBytes that kernels read and write at least
 */
export function trafficTable(traffic: Traffic, kernelBytes: number): Omit<TitledTable, "note"> {
  const { dispatches, submissions, pipelines, bytesToDevice, readbacks, bytesToHost } = traffic;
  return {
    title: "Between processor and card",
    header: ["what", "a step"],
    rows: [
      ["dispatches", String(dispatches)],
      ["submissions", String(submissions)],
      ["pipelines compiled", String(pipelines)],
      ["to the card", formatBytes(bytesToDevice)],
      ["readbacks", String(readbacks)],
      ["from the card", formatBytes(bytesToHost)],
      ["read and written by kernels, at least", formatBytes(kernelBytes)],
    ],
  };
}

/** What stands for kernels outside of every layer. */
const NO_LAYER = "no layer (sums and norm of gradients)";

/** The time by kernel and by layer, what no kernel took, and the whole. */
export function tablesOf(profile: Profile): Omit<TitledTable, "note">[] {
  const { rows, milliseconds, outside } = profile;
  const show = (value: number) => value.toFixed(2);
  const share = (value: number) => formatShare(value, milliseconds);
  const of = (layer: string, phase: string) =>
    rows.filter((row) => row.layer === layer && row.phase === phase).reduce((sum, row) => sum + row.milliseconds, 0);
  return [
    {
      title: "By kernel",
      header: ["kernel", "calls", "ms a step", "share"],
      rows: [
        ...sumBy(rows, ({ name }) => name).map(({ name, calls, milliseconds }) => [
          ...[name, calls.toFixed(0), show(milliseconds), share(milliseconds)],
        ]),
        [OUTSIDE, "", show(outside), share(outside)],
        ["whole step", "", show(milliseconds), share(milliseconds)],
      ],
    },
    {
      title: "By layer",
      header: ["layer", "forward, ms", "backward, ms", "update, ms", "share"],
      rows: sumBy(rows, ({ layer }) => layer).map(({ name, milliseconds }) => [
        name === "" ? NO_LAYER : name,
        ...["forward", "backward", "update"].map((phase) => show(of(name, phase))),
        share(milliseconds),
      ]),
    },
  ];
}
