/**
 * The reference of a peer's metrics as Markdown.
 *
 * @module
 */
import { markdownTable } from "../../src/display/tables/markdown.ts";
import { METRICS } from "../../src/telemetry/metrics/metrics.ts";

const INTRODUCTION = `# Metrics

What a peer with \`web\` in its configuration tells Prometheus at \`/metrics\` of that address, with the page's token as
Bearer; how it is scraped is under [operating](operating.md). Members are called as in the log. A metric of which there
is nothing to tell yet is left out. Counters begin anew with the process, unless they say otherwise.

This page is written by \`deno task schema\` from what the peer tells, and held by a test.`;

/** The page. */
export function metricsReference(): string {
  const table = markdownTable({
    names: 4,
    header: ["Metric", "Kind", "Labels", "What it says"],
    rows: METRICS.map(({ name, kind, labels = [], help }) => [
      `\`${name}\``,
      kind,
      labels.map((label) => `\`${label}\``).join(", "),
      `${help}.`,
    ]),
  });
  return `${INTRODUCTION}\n\n${table}\n`;
}
