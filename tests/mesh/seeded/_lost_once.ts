/** Schedules that were lost once, each as it was, whatever other seeds come to draw, with what went wrong. */
import type { Fault, Schedule, SitePlan } from "./_schedule.ts";

/** A site that is as most are. */
function site(mass: number, roundTime: number, other: Partial<SitePlan> = {}): SitePlan {
  return { mass, roundTime, clockError: 0, startsAt: 0, isLiar: false, ...other };
}

/** Secure sums of all. */
const SUMS = { topology: "complete", secure: true };

/** The name of each is what went wrong. */
export const LOST_ONCE: Readonly<Record<string, Schedule>> = {
  "one that came back with weights astray, and knew no earlier sum, kept all three from any secure sum": {
    ...{ seed: 144, averaging: SUMS, stormy: 2_561, silence: 25_000, believe: "likely" },
    sites: [site(5, 920), site(7, 941), site(2, 1_150, { clockError: 1_968_903_902 })],
    faults: [
      { type: "stop", at: 492, lasts: 1_132, site: 1 },
      { type: "leave", at: 949, lasts: 242, site: 2 },
      { type: "kill", at: 1_235, lasts: 1_751, site: 0, machine: true },
      { type: "flap", at: 1_549, lasts: 629, site: 1, every: 1_531 },
      { type: "flap", at: 1_696, lasts: 18_627, site: 1, every: 3_585 },
      { type: "leave", at: 2_349, lasts: 877, site: 0 },
      { type: "astray", at: 2_511, lasts: 0, site: 0 },
    ],
  },
  "one astray among three, one of whom takes 20 times as long, kept all from any secure sum": {
    ...{ seed: 318, averaging: SUMS, stormy: 4_718, silence: 15_000, believe: "likely" },
    sites: [site(2, 18_494), site(5, 787), site(1, 1_160)],
    faults: [
      { type: "reset", at: 812, lasts: 2_907, site: 0 },
      { type: "full disk", at: 2_807, lasts: 466, site: 2 },
      { type: "flap", at: 2_958, lasts: 1_811, site: 2, every: 3_715 },
      { type: "full disk", at: 3_384, lasts: 1_203, site: 2 },
      { type: "cut", at: 3_574, lasts: 1_849, site: 0, other: 1, oneWay: false },
      { type: "astray", at: 3_756, lasts: 0, site: 1 },
    ],
  },
  "one astray, killed together with another one, so that two of three had no mean to announce, kept all from any secure sum":
    {
      ...{ seed: 752, averaging: SUMS, stormy: 3_623, silence: 25_000, believe: "likely" },
      sites: [site(4, 706), site(8, 14_353, { startsAt: 498 }), site(5, 694)],
      faults: [
        { type: "stop", at: 554, lasts: 2_539, site: 2 },
        { type: "isolate", at: 1_230, lasts: 2_329, site: 1 },
        { type: "kill", at: 2_712, lasts: 18_530, site: 1, machine: true },
        { type: "astray", at: 2_730, lasts: 0, site: 2 },
        { type: "kill", at: 3_007, lasts: 1_766, site: 2, machine: false },
      ],
    },
  "two whose disk was full when they met planned together no more, since neither had anything new to tell": {
    ...{ seed: 5, averaging: { topology: "ring" }, stormy: 3_000, silence: 25_000, believe: "likely" },
    sites: [site(8, 520), site(4, 530)],
    faults: [{ type: "full disk", at: 0, lasts: 1_110, site: 0 }] satisfies Fault[],
  },
};
