/**
 * Metrics as Prometheus reads them: text in its exposition format, version 0.0.4.
 *
 * @module
 */
import type { Registry } from "prom-client";
import type { MetricSource } from "./metric.ts";
import { METRICS } from "./metrics.ts";

/** An answer to whoever scrapes. */
export interface Exposition {
  /** As HTTP names it. */
  contentType: string;
  text: string;
}

/**
 * What `source` says now, as text. The library is loaded when this is first called.
 *
 * @param more metrics of others, which follow
 */
export async function expose(source: MetricSource, more?: Registry): Promise<Exposition> {
  const { Counter, Gauge, Registry } = (await import("prom-client")).default;
  const registry = new Registry();
  for (const { name, kind, help, labels = [], samples } of METRICS) {
    const now = samples(source);
    if (now.length === 0) continue; // the library would tell 0
    const options = { name, help, labelNames: labels, registers: [registry] };
    const labelled = (values: readonly string[]) => Object.fromEntries(labels.map((label, i) => [label, values[i]]));
    const metric = kind === "counter" ? new Counter(options) : new Gauge(options);
    for (const { labels, value } of now) metric.inc(labelled(labels), value);
  }
  const text = await registry.metrics();
  return { contentType: registry.contentType, text: more ? `${text}\n${await more.metrics()}` : text };
}
