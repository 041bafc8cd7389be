/** What schedules have in them, so that each kind can be asked for and counted. */
import type { Schedule } from "./_schedule.ts";

/** Names of all that `schedule` has in it. */
export function contentsOf({ faults, sites, relaying, charter, averaging }: Schedule): Set<string> {
  const isSlow = sites.some(({ roundTime }) => roundTime > 5_000);
  return new Set([
    ...faults.map(({ type, lasts }) => lasts > 60_000 ? `${type}, for minutes` : type),
    ...faults.length === 0 ? ["nothing"] : [],
    ...sites.some(({ isLiar }) => isLiar) ? ["a member that lies"] : [],
    ...sites.some(({ clockError }) => clockError !== 0) ? ["a wrong clock"] : [],
    ...charter ? ["a charter"] : [],
    ...relaying ? [relaying.limits ? "a relay with limits" : "a relay"] : [],
    ...isSlow ? ["one site 20 times slower"] : [],
    ...averaging.secure ? ["secure sums"] : [],
    ...averaging.topology === "one-peer-exponential" ? ["one-way links"] : [],
  ]);
}

/** A table of how many schedules had what in them, and how many of those were lost. */
export function tableOf(runs: readonly { schedule: Schedule; isLost: boolean }[]): string {
  const all = runs.map(({ schedule, isLost }) => ({ isLost, contents: contentsOf(schedule) }));
  const kinds = [...new Set(all.flatMap(({ contents }) => [...contents]))].sort();
  const row = (kind: string, having: readonly { isLost: boolean }[]) =>
    `${kind.padEnd(28)} ${having.filter(({ isLost }) => isLost).length} of ${having.length} lost`;
  return [...kinds.map((kind) => row(kind, all.filter(({ contents }) => contents.has(kind)))), row("all", all)]
    .join("\n");
}
