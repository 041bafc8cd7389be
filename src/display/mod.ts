/**
 * What people look at: numbers as they read them, tables, charts and pages, alike on the terminal, in Markdown and in
 * HTML.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { formatSpread, markdownTable, spreadOf } from "./mod.ts";
 *
 * const spread = formatSpread(spreadOf([0.5, 0.75, 1]));
 * assertEquals(spread, "0.750 ± 0.250");
 * console.log(markdownTable({ header: ["method", "Dice"], rows: [["from scratch", spread]] }));
 * ```
 *
 * @module
 */
export * from "./charts/line_chart.ts";
export * from "./charts/spread_lines.ts";
export * from "./charts/strip_chart.ts";
export * from "./formats/bytes.ts";
export * from "./formats/count.ts";
export * from "./formats/dice.ts";
export * from "./formats/difference.ts";
export * from "./formats/duration.ts";
export * from "./formats/interval.ts";
export * from "./formats/measured.ts";
export * from "./formats/millimetres.ts";
export * from "./formats/none.ts";
export * from "./formats/number.ts";
export * from "./formats/peer_id.ts";
export * from "./formats/printable.ts";
export * from "./formats/range.ts";
export * from "./formats/share.ts";
export * from "./formats/spread.ts";
export * from "./formats/time.ts";
export * from "./legend.ts";
export * from "./markup.ts";
export * from "./page.ts";
export * from "./palette.ts";
export * from "./served_headers.ts";
export * from "./site_scores.ts";
export * from "./statistics.ts";
export * from "./style.ts";
export * from "./tables/html.ts";
export * from "./tables/markdown.ts";
export * from "./tables/table.ts";
export * from "./tables/text.ts";
export * from "./tables/write.ts";
