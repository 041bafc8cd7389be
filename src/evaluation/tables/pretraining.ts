/**
 * What pre-training came to and cost, a row a method.
 *
 * @module
 */
import { formatDuration, formatNumber, formatSpread, NONE } from "../../peer/report/format.ts";
import { summarise } from "../../segmentation/metrics/summary.ts";
import type { PretrainingRecord } from "../running/pretrained_file.ts";
import type { Table } from "./table.ts";

/** One pre-training. */
export type Pretraining = Omit<PretrainingRecord, "digest"> & { readonly method: string };

/** Health at the end, distance between the sites' weights, bytes and time; mean over folds, seeds and sites. */
export function pretrainingTable(pretrainings: readonly Pretraining[]): Table {
  const rows = [...Map.groupBy(pretrainings, ({ method }) => method)].map(([method, own]) => {
    const healthy = own.flatMap(({ health }) => health.filter((one) => one !== null));
    const spread = (values: (number | null)[]) => {
      const { mean, deviation, count } = summarise(values);
      return mean === null ? NONE : formatSpread({ mean, sd: deviation, sites: count });
    };
    const mean = (values: number[]) => summarise(values).mean ?? 0;
    return [
      method,
      spread(healthy.map(({ neighbourAccuracy }) => neighbourAccuracy)),
      formatNumber(summarise(healthy.map(({ chance }) => chance)).mean, 3),
      spread(healthy.map(({ meanCosine }) => meanCosine)),
      formatNumber(summarise(healthy.map(({ effectiveRank }) => effectiveRank)).mean, 3),
      mean(own.map(({ consensus }) => consensus)).toExponential(1),
      (mean(own.map(({ bytes }) => bytes.weights)) / 1e6).toFixed(1),
      (mean(own.map(({ bytes }) => bytes.features)) / 1e6).toFixed(1),
      formatDuration(mean(own.map(({ seconds }) => seconds))),
    ];
  });
  return {
    title: "Pre-training",
    note:
      "Health on volumes kept out of training, with the method's own first projection, so that methods with other " +
      "projections are not to be compared by it: accuracy of the nearest neighbour's partition among other people beside " +
      "chance, mean cosine, effective rank. Distance of the sites' weights from their mean. All sites' bytes together. One " +
      "process's time.",
    header: [
      "method",
      "neighbours",
      "chance",
      "mean cosine",
      "rank",
      "distance",
      "weights, MB",
      "features, MB",
      "time",
    ],
    rows,
  };
}
