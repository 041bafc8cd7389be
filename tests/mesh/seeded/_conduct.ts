/** Nothing is held against whoever sends what may be believed. */
import type { Schedule } from "./_schedule.ts";
import type { Site } from "./_site.ts";
import type { Check } from "./_sums.ts";

/** Milliseconds alone after which a site may have trained itself far from the others. */
const ALONE = 60_000;

/** Whether a site may be far from the others, as one that is astray, or was alone for minutes. */
export function mayBeFar({ faults }: Schedule): boolean {
  return faults.some(({ type, lasts }) => type === "astray" || lasts > ALONE);
}

/**
 * No honest site whose weights were never astray has paused another such one, nor holds a single offence against it,
 * unless there was one that was, whose weights have come to others; nothing is checked where one was alone for minutes.
 */
export function checkConduct(sites: readonly Site[], { sites: plans, faults }: Schedule, check: Check): void {
  if (faults.some(({ lasts }) => lasts > ALONE)) return;
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
