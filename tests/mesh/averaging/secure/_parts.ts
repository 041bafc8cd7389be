/** Sums of several members without a mesh. */
import type { Bytes } from "../../../../src/core/bytes.ts";
import { Part, unmask } from "../../../../src/mesh/averaging/secure/part.ts";
import { addTo, rangeOf, type Ring } from "../../../../src/mesh/averaging/secure/ring.ts";
import { type Attempt, openRoster, type Roster } from "../../../../src/mesh/averaging/secure/roster.ts";
import { newIdentity } from "../../_identities.ts";

export const identities = (await Promise.all(Array.from({ length: 5 }, newIdentity)))
  .sort((a, b) => a.peerId < b.peerId ? -1 : 1);

export const attemptOf = (values: number, step = 7): Attempt => ({
  ...{ consortium: "c", layout: "l", values, step, collector: identities[0].peerId },
});

/** What each of the members has masked, and all that it takes to open the sum. */
export async function maskAll(vectors: readonly Float32Array[], masses: readonly number[], attempt: Attempt) {
  const parts = await Promise.all(
    vectors.map((vector, k) => Part.begin(attempt, { mass: masses[k], range: rangeOf(vector) }, identities[k])),
  );
  const entries = parts.map(({ entry }) => entry);
  const belongs = new Set(identities.map(({ peerId }) => peerId));
  const rosters = await Promise.all(
    parts.map(({ entry }) => openRoster(attempt, entries, { belongs, least: 3, own: entry })),
  );
  const masked = await Promise.all(parts.map((part, k) => part.masked(vectors[k], rosters[k])));
  const seeds = new Map<string, Bytes>(parts.map((part) => [part.entry.peer, part.reveal()]));
  return { parts, entries, roster: rosters[0], masked, seeds };
}

export async function sumOf(masked: readonly Ring[], seeds: ReadonlyMap<string, Bytes>, roster: Roster) {
  const sum = new Uint32Array(masked[0].length);
  for (const one of masked) addTo(sum, one);
  await unmask(sum, seeds, roster);
  return sum;
}
