/** A charter for a schedule, drawn from its seed: who is added and who is expelled while it runs. */
import { Rng } from "../../../src/core/rng.ts";
import { FEWEST } from "../../../src/mesh/averaging/secure/fewest.ts";
import { type Fault, hasHalf, type Schedule } from "./_schedule.ts";

/** Which charters there are in a run. */
export interface CharterPlan {
  /** The members of each version, as numbers of sites. */
  members: readonly (readonly number[])[];
  /** The version that each site is given first. */
  first: readonly number[];
}

/**
 * `schedule`, with a charter for some whose sites are three or more: one is added, one is expelled, or both one after
 * the other; of most, two others are away meanwhile, and to one its old charter comes back.
 */
export function withCharter(schedule: Schedule): Schedule {
  const { seed, sites, stormy } = schedule, count = sites.length;
  const rng = new Rng(seed).fork("charter");
  if (count < 3 || !rng.chance(0.5)) return schedule;
  const [added, expelled, ...others] = rng.shuffle(sites.map((_, i) => i));
  const kinds = count === 3 ? [rng.pick(["add", "expel"])] : rng.shuffle(["add", "expel"]);
  const members = [sites.map((_, i) => i).filter((i) => !kinds.includes("add") || i !== added)];
  for (const kind of kinds) {
    const before = members.at(-1)!;
    members.push(kind === "add" ? [...before, added] : before.filter((i) => i !== expelled));
  }
  if (!members.every((version) => isEnough(version, schedule))) return schedule;
  // nobody tells one that is expelled that it is astray
  if (schedule.faults.some(({ type, site }) => type === "astray" && !members.at(-1)!.includes(site))) return schedule;
  const first = sites.map(() => 1), startsAt = sites.map((site) => site.startsAt);
  const begins = stormy * rng.uniform(0.2, 0.5), faults: Fault[] = [];
  let at = begins;
  for (const [k, kind] of kinds.entries()) {
    const version = k + 2;
    if (kind === "add") {
      first[added] = version;
      startsAt[added] = at + rng.uniform(0, 2_000);
    }
    // who is added is heard by nobody who does not know of it
    for (const site of rng.shuffle(members[k + 1].filter((i) => i !== added)).slice(0, 1 + rng.int(2))) {
      faults.push({ type: "amend", at: at + rng.uniform(0, 500), lasts: 0, site, version });
    }
    if (k < kinds.length - 1) at += stormy * rng.uniform(0.05, 0.5);
  }
  if (rng.chance(0.6)) {
    for (const site of others.slice(0, 2)) {
      const type = rng.pick(["leave", "kill", "isolate"] as const);
      const when = {
        at: Math.max(0, begins - rng.uniform(0, 500)),
        lasts: at - begins + rng.uniform(500, 5_000),
        site,
      };
      faults.push(type === "kill" ? { type, ...when, machine: rng.chance(0.5) } : { type, ...when });
    }
  }
  // somebody must still have the newest
  const spared = others.filter((i) => !faults.some(({ type, site }) => type === "amend" && site === i));
  if (spared.length > 0 && rng.chance(0.6)) {
    const site = rng.pick(spared);
    faults.push({ type: "stale charter", at: at + rng.uniform(500, 4_000), lasts: rng.uniform(100, 3_000), site });
  }
  return {
    ...schedule,
    sites: sites.map((site, i) => ({ ...site, startsAt: startsAt[i] })),
    faults: [...schedule.faults, ...faults],
    charter: { members, first },
  };
}

/** Whether `version` names as many as are needed. */
function isEnough(version: readonly number[], { sites, averaging, faults }: Schedule): boolean {
  const astray = faults.find(({ type }) => type === "astray");
  // one that is astray needs two that agree, and in secure sums less than half of all weight
  if (astray) return version.length > 2 && !(averaging.secure && hasHalf(sites, astray.site, version));
  return !averaging.secure || version.length >= FEWEST;
}
