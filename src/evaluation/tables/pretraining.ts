/**
 * What pre-training came to and cost, a row a method.
 *
 * @module
 */
import { formatDuration } from "../../display/formats/duration.ts";
import { formatNumber } from "../../display/formats/number.ts";
import { formatSpread } from "../../display/formats/spread.ts";
import { NONE } from "../../display/formats/none.ts";
import { meanOf, spreadOf } from "../../display/statistics.ts";
import type { PretrainingRecord } from "../running/pretrained_file.ts";
import type { TitledTable } from "../../display/tables/table.ts";

/** One pre-training. */
export type Pretraining = Omit<PretrainingRecord, "digest"> & { readonly method: string };

/** Health at the end, distance between the sites' weights, bytes and time; mean over folds, seeds and sites. */
export function pretrainingTable(pretrainings: readonly Pretraining[]): TitledTable {
  const rows = [...Map.groupBy(pretrainings, ({ method }) => method)].map(([method, own]) => {
    const healthy = own.flatMap(({ health }) => health.filter((one) => one !== null));
    const spread = (values: (number | null)[]) => {
      const { mean, sd } = spreadOf(values);
      return mean === null ? NONE : formatSpread({ mean, sd });
    };
    const mean = (values: number[]) => meanOf(values) ?? 0;
    return [
      method,
      spread(healthy.map(({ neighbourAccuracy }) => neighbourAccuracy)),
      formatNumber(meanOf(healthy.map(({ chance }) => chance)), 3),
      spread(healthy.map(({ meanCosine }) => meanCosine)),
      formatNumber(meanOf(healthy.map(({ effectiveRank }) => effectiveRank)), 3),
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
