/** Sites that are ranges of a measure: equal numbers of subjects but for one, and no range overlaps another. */
import type { Division, SubjectMeasures } from "./division.ts";

/** Cuts the subjects, sorted by a measure, into runs. */
export function sortedBy(measure: (subject: string, measures: SubjectMeasures) => number): Division {
  return {
    needsMeasures: true,
    divide: (subjects, { sites, measuresOf }) => {
      const values = new Map(subjects.map((subject) => [subject, measure(subject, measuresOf(subject))]));
      const order = [...subjects].sort((a, b) => values.get(a)! - values.get(b)!);
      const end = (site: number) => Math.round((site * order.length) / sites);
      return Array.from({ length: sites }, (_, site) => order.slice(end(site), end(site + 1)));
    },
  };
}
