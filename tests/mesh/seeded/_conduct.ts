/** Whoever sends what may be believed is paused by nobody. */
import type { Schedule } from "./_schedule.ts";
import type { Site } from "./_site.ts";
import type { Check } from "./_sums.ts";

/** No honest site whose weights were never astray has paused another such one. */
export function checkConduct(sites: readonly Site[], schedule: Schedule, check: Check): void {
  const isSound = (i: number) =>
    !schedule.sites[i].isLiar && !schedule.faults.some(({ type, site }) => type === "astray" && site === i);
  const sound = sites.filter((_, i) => isSound(i));
  for (const { machine, notes } of sound) {
    for (const { peer, reason } of notes.paused) {
      const blamed = sound.find(({ identity }) => identity.peerId === peer);
      check(`${machine.name} has paused ${blamed?.machine.name}: ${reason}`, blamed === undefined);
    }
  }
}
