/** Nothing is held against whoever sends what may be believed. */
import type { Schedule } from "./_schedule.ts";
import type { Site } from "./_site.ts";
import type { Check } from "./_sums.ts";

/**
 * No honest site whose weights were never astray has paused another such one, nor holds a single offence against it,
 * unless there was one that was astray, whose weights have come to others.
 */
export function checkConduct(sites: readonly Site[], { sites: plans, faults }: Schedule, check: Check): void {
  const astray = faults.filter(({ type }) => type === "astray").map(({ site }) => site);
  const sound = sites.filter(({ number }) => !plans[number].isLiar && !astray.includes(number));
  for (const site of sound) {
    const { name } = site.machine;
    for (const { machine, identity: { peerId } } of sound) {
      const { reason } = site.notes.paused.find(({ peer }) => peer === peerId) ?? {};
      check(`${name} has paused ${machine.name}: ${reason}`, reason === undefined);
      const offences = site.offencesOf(peerId);
      check(`${name} holds ${offences} offences against ${machine.name}`, offences === 0 || astray.length > 0);
    }
  }
}
