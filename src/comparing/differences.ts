/**
 * What keeps sides from being compared as they seem to be.
 *
 * @module
 */
import type { Compared } from "./run.ts";

/** Names shown in a sentence. */
const SHOWN = 3;

/** A sentence for each: classes that not all have, cases that a side and the first do not both have. */
export function differencesOf(sides: readonly Compared[]): string[] {
  const classes = sides.map(({ rows, told }) =>
    new Set([...rows.map((row) => row.class), ...Object.keys(told?.classes ?? {})])
  );
  const all = [...new Set(classes.flatMap((own) => [...own]))];
  const uncommon = all.filter((name) => !classes.every((own) => own.has(name)));
  const told = uncommon.length === 0
    ? []
    : [`not all runs have the same classes, so that means are over different ones: ${listed(uncommon)}`];
  const [first, ...others] = sides.filter(({ rows }) => rows.length > 0);
  if (first === undefined) return told;
  const own = new Set(first.rows.map((row) => row.case));
  for (const side of others) {
    const cases = new Set(side.rows.map((row) => row.case));
    const shared = own.intersection(cases).size;
    if (shared === own.size && shared === cases.size) continue;
    told.push(
      shared === 0
        ? `${side.name} and ${first.name} share no case: there is no paired test`
        : `${side.name} and ${first.name} share ${shared} cases, of ${cases.size} and ${own.size}: these are paired`,
    );
  }
  return told;
}

function listed(names: readonly string[]): string {
  const more = names.length - SHOWN;
  return names.slice(0, SHOWN).join(", ") + (more > 0 ? ` and ${more} more` : "");
}
