/**
 * What a metric is, and what its values are read from.
 *
 * @module
 */
import type { Standing } from "../../peer/standing.ts";
import type { DiskFigures, ProcessFigures } from "./figures.ts";
import type { Tally } from "./tally.ts";

/** What metrics are read from at the moment that somebody asks. */
export interface MetricSource {
  /** The site's name. */
  site: string;
  /** What its events have come to. */
  tally: Tally;
  /** Where it stands; absent before it is in the mesh. */
  standing?: Standing;
  process: ProcessFigures;
  disk: DiskFigures;
}

/** One value, and the values of the metric's labels in their order. */
export interface Sample {
  labels: readonly string[];
  value: number;
}

/** One metric; how it is named and counted follows Prometheus' conventions. */
export interface Metric {
  /** With its unit, and `_total` where it is a counter. */
  name: string;
  /** A counter only grows while the process lives. */
  kind: "counter" | "gauge";
  /** A sentence without a full stop. */
  help: string;
  /** Each takes few values: members, structures, or a fixed set. @default none */
  labels?: readonly string[];
  /** Its values now; none where there is nothing to tell. */
  samples: (source: MetricSource) => readonly Sample[];
}

/** The one value of a metric without labels; undefined and NaN: none. */
export function single(value: number | undefined): readonly Sample[] {
  return value === undefined || Number.isNaN(value) ? [] : [{ labels: [], value }];
}

/** Values by the one label that a metric has; those that are undefined or NaN are left out. */
export function byLabel(values: Iterable<readonly [string, number | undefined]>): readonly Sample[] {
  return [...values].flatMap(([label, value]) =>
    value === undefined || Number.isNaN(value) ? [] : [{ labels: [label], value }]
  );
}
