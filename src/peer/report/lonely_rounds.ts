/** The rounds of a site in which it averaged weights with nobody, and why. */
import { formatCount } from "../../display/formats/count.ts";
import type { SiteReport } from "./schema.ts";

/** So many reasons are told. */
const MOST_REASONS = 3;

/** "averaged with nobody in 3 of 8 rounds: …", with the most frequent reasons; undefined: in none. */
export function lonelyRounds({ rounds, fineTuneRounds = [] }: Pick<SiteReport, "rounds" | "fineTuneRounds">) {
  const all = [...rounds, ...fineTuneRounds];
  const lonely = all.filter(({ partners }) => partners.length === 0);
  if (lonely.length === 0) return undefined;
  const counts = new Map<string, number>();
  for (const { alone } of lonely) if (alone !== undefined) counts.set(alone, (counts.get(alone) ?? 0) + 1);
  const reasons = [...counts].sort(([, a], [, b]) => b - a).slice(0, MOST_REASONS)
    .map(([reason, count]) => count === lonely.length ? reason : `${reason} (in ${count})`);
  const others = counts.size - reasons.length;
  const more = others > 0 ? [`${formatCount(others, "other reason")}`] : [];
  const why = reasons.length === 0 ? "" : `: ${[...reasons, ...more].join("; ")}`;
  return `averaged with nobody in ${lonely.length} of ${formatCount(all.length, "round")}${why}`;
}
