/**
 * What a report says of sites that learnt from volumes without labels, and of those whose time was over.
 *
 * @module
 */
import { formatCount } from "../../display/formats/count.ts";
import { formatNumber } from "../../display/formats/number.ts";
import type { SiteReport } from "./schema.ts";

/** A sentence on each site whose time was over before its end. */
export function cutRemarks(sites: readonly Pick<SiteReport, "name" | "cut">[]): string[] {
  return sites.flatMap(({ name, cut = [] }) =>
    cut.length === 0 ? [] : [`The time of ${name} was over: it ended ${cut.join(", and ")}.`]
  );
}

/** A sentence on each site that has learnt from such volumes, or that was to and could not. */
export function partRemarks(sites: readonly Pick<SiteReport, "name" | "cases" | "fineTuningPart">[]): string[] {
  return sites.flatMap(({ name, cases, fineTuningPart }) => {
    if (fineTuningPart === undefined) return [];
    const { part, methods, mass, unlabelled } = fineTuningPart;
    if (part === "others" && methods.length === 0) {
      return [`${name} has no labels and met nobody who had any: it was not fine-tuned.`];
    }
    if (unlabelled === 0) return [];
    const counted = mass === null ? "" : `; in the average it counted for ${formatNumber(mass, 3)}`;
    const volumes = `${formatCount(unlabelled, "volume")} without labels`;
    return part === "others"
      ? [`${name} has no labels: it learnt what the other sites' network said of ${volumes}${counted}.`]
      : [`${name} learnt from ${formatCount(cases.labelled, "labelled case")} and ${volumes}${counted}.`];
  });
}
