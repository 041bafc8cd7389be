/** What happens to a mesh, drawn from a seed. */
import { Rng } from "../../../src/core/rng.ts";
import type { AveragingSettings } from "../../../src/mesh/averaging/settings.ts";
import { type CharterPlan, withCharter } from "./_charter_plan.ts";
import { type RelayPlan, withRelay } from "./_relay_plan.ts";

/** Something that befalls a site or the line between two, from `at` for `lasts` milliseconds. */
export type Fault =
  /** Nothing comes through between the two, or from the site to the other only, and neither is told. */
  | { type: "cut"; at: number; lasts: number; site: number; other: number; oneWay: boolean }
  /** The same between one site and all others, as when its VPN drops. */
  | { type: "isolate"; at: number; lasts: number; site: number }
  /** All connections of a site are reset. */
  | { type: "reset"; at: number; lasts: number; site: number }
  /** The same, again and again. */
  | { type: "flap"; at: number; lasts: number; site: number; every: number }
  /** The process is killed and started again; with `machine`, no packet tells the others. */
  | { type: "kill"; at: number; lasts: number; site: number; machine: boolean }
  /** The process ends in order and is started again. */
  | { type: "leave"; at: number; lasts: number; site: number }
  /** The process stands still (SIGSTOP), its connections stay. */
  | { type: "stop"; at: number; lasts: number; site: number }
  /** Nothing can be written. */
  | { type: "full disk"; at: number; lasts: number; site: number }
  /** Its weights are far from all others' from one moment to the next, as from an old copy of its disk. */
  | { type: "astray"; at: number; lasts: number; site: number }
  /** Its people put a newer version of the charter into its file. */
  | { type: "amend"; at: number; lasts: number; site: number; version: number }
  /** Its process is killed and started again with the first version that it was given, as from an old copy of its disk. */
  | { type: "stale charter"; at: number; lasts: number; site: number };

/** How one site is. */
export interface SitePlan {
  mass: number;
  /** Milliseconds that a round's training takes. */
  roundTime: number;
  /** Milliseconds by which its clock is wrong. */
  clockError: number;
  /** When it is started first. */
  startsAt: number;
  /** Whether what it sends is changed, dropped or held up. */
  isLiar: boolean;
}

/** A whole run. */
export interface Schedule {
  seed: number;
  sites: readonly SitePlan[];
  faults: readonly Fault[];
  averaging: AveragingSettings;
  believe: "likely" | "all";
  /** Milliseconds without a sign of life after which a connection is cut. */
  silence: number;
  /** How long faults may begin, in milliseconds. */
  stormy: number;
  /** Says who belongs; without one, all do. */
  charter?: CharterPlan;
  /** Who reaches whom only through a relay; without one, all can be called. */
  relaying?: RelayPlan;
}

const AVERAGING: readonly AveragingSettings[] = [
  {},
  {},
  {},
  { compression: "fp16" },
  { topology: "ring" },
  { topology: "complete" },
  { topology: "base-k-plus-1" },
  { topology: "one-peer-exponential" },
  { topology: "complete", secure: true },
  { topology: "complete", secure: true },
  { topology: "complete", secure: true },
];

/**
 * The schedule of `seed`: a third have no faults, a sixth have a liar, some have a charter that is amended or a relay, and of a few
 * the faults last for minutes.
 */
export function scheduleOf(seed: number): Schedule {
  const rng = new Rng(seed).fork("schedule");
  const count = rng.pick([2, 2, 2, 2, 3, 3, 3, 3, 3, 4, 4, 5]);
  const stormy = rng.uniform(2_000, 8_000);
  const isQuiet = rng.chance(1 / 3);
  const roundTime = rng.uniform(400, 1_200);
  const hasLiar = !isQuiet && count > 2 && rng.chance(1 / 4);
  const averaging = rng.pick(AVERAGING.filter(({ secure }) => !secure || count > 2));
  const liar = rng.int(count), slow = rng.chance(0.2) ? rng.int(count) : -1;
  const sites = Array.from({ length: count }, (_, i): SitePlan => ({
    mass: 1 + rng.int(8),
    roundTime: i === slow ? 20 * roundTime : roundTime * rng.uniform(0.7, 1.4),
    clockError: rng.chance(0.1) ? rng.uniform(-1, 1) * 30 * 86_400_000 : 0,
    startsAt: rng.chance(0.3) ? rng.uniform(0, stormy / 2) : 0,
    isLiar: hasLiar && i === liar,
  }));
  // of two honest ones that have come to be far from each other nobody could say who is right
  const isLong = rng.chance(0.02) && !(hasLiar && count === 3);
  const faults = isQuiet ? [] : Array.from({ length: 1 + rng.int(6) }, () => faultOf(rng, { count, stormy, isLong }));
  const silence = rng.pick([6_000, 15_000, 25_000]);
  const believe = hasLiar || rng.chance(0.5) ? "likely" : "all";
  // who agree must be two at least, and honest
  if (!isQuiet && count > 2 && !hasLiar && believe === "likely" && rng.chance(0.3)) {
    const [at, site] = [rng.uniform(stormy / 2, stormy), rng.int(count)];
    if (!averaging.secure || !hasHalf(sites, site, sites.map((_, i) => i))) {
      faults.push({ type: "astray", at, lasts: 0, site });
    }
  }
  return withRelay(withCharter({ ...{ seed, sites, faults, averaging, stormy }, silence, believe }));
}

/** Whether a site has about half of the weight of `members`, so that secure sums cannot tell it that it is astray (`refused_sums.ts`). */
export function hasHalf(sites: readonly SitePlan[], site: number, members: readonly number[]): boolean {
  const total = members.reduce((sum, i) => sum + sites[i].mass, 0);
  return Math.abs(sites[site].mass / total - 0.5) < 0.05;
}

function faultOf(
  rng: Rng,
  { count, stormy, isLong }: { count: number; stormy: number; isLong: boolean },
): Fault {
  const site = rng.int(count);
  const longest = isLong ? 400_000 : rng.chance(0.2) ? 20_000 : 3_000;
  const when = { at: rng.uniform(0, stormy), lasts: rng.uniform(50, longest), site };
  const type = rng.pick(["cut", "isolate", "reset", "flap", "kill", "leave", "stop", "full disk"] as const);
  if (type === "cut") return { type, ...when, other: (site + 1 + rng.int(count - 1)) % count, oneWay: rng.chance(0.3) };
  if (type === "flap") return { type, ...when, every: isLong ? 30_000 : rng.uniform(300, 4_000) };
  if (type === "kill") return { type, ...when, machine: rng.chance(0.5) };
  return { type, ...when };
}

/** A line for each thing that a schedule has. */
export function described({ sites, faults, averaging, believe, charter, relaying }: Schedule): string {
  const seconds = (milliseconds: number) => `${(milliseconds / 1000).toFixed(2)} s`;
  const lines = sites.map(({ mass, roundTime, clockError, startsAt, isLiar }, i) =>
    `site ${i}: mass ${mass}, a round of ${seconds(roundTime)}, starts at ${seconds(startsAt)}` +
    `${clockError ? `, clock wrong by ${seconds(clockError)}` : ""}${isLiar ? ", lies" : ""}`
  );
  const befalls = [...faults].sort((a, b) => a.at - b.at).map((fault) =>
    `${seconds(fault.at)}: ${fault.type} of site ${fault.site}${"other" in fault ? ` and ${fault.other}` : ""}` +
    `${"machine" in fault && fault.machine ? " with its machine" : ""}${
      "oneWay" in fault && fault.oneWay ? ", one way" : ""
    }` +
    `${"version" in fault ? `, to version ${fault.version}` : ""}` +
    `${"every" in fault ? ` every ${seconds(fault.every)}` : ""} for ${seconds(fault.lasts)}`
  );
  const versions = charter?.members.map((members, k) => `version ${k + 1} of the charter: ${members.join(", ")}`) ?? [];
  const { relay, hidden, limits, isConfigured } = relaying ?? {};
  const ways = relaying
    ? [
      `sites ${hidden} cannot be called, site ${relay} relays${isConfigured ? ", as configured" : ""}` +
      `${limits ? `, ${limits.bytes} bytes and ${limits.seconds} s a connection` : ""}`,
    ]
    : [];
  return [...lines, ...versions, ...ways, `averaging ${JSON.stringify(averaging)}, believes ${believe}`, ...befalls]
    .join("\n");
}
