/**
 * Runs a schedule on real meshes in a virtual world, and checks what must hold of every run:
 *
 * - what a site holds is a mean of what all began with and contributed: nothing is counted twice;
 * - Σ m·x is what it was and what was contributed, where nothing befell anybody; else it has moved by no more than the
 *   exchanges that broke can move it; each share of push-sum is added once, and where nobody's state was lost, no less;
 * - no step and no end waits for ever;
 * - nothing is held against one that never lied and was never astray;
 * - nobody averages with whom a charter has expelled, and all who stay come to its newest version;
 * - once all is mended, all see each other, hold each other's latest heads and features, and agree again, also on the
 *   plan that they make together;
 * - no weights were given that the audit log does not have, and each holds the latest head of each other one's log;
 * - of a process that has ended nothing is left: timers, listeners on signals, streams being served, connections.
 */
import { Rng } from "../../../src/core/rng.ts";
import type { Identity } from "../../../src/mesh/envelope/identity.ts";
import { FEWEST } from "../../../src/mesh/averaging/secure/fewest.ts";
import { makeStatement } from "../../../src/mesh/plans/statement.ts";
import { checkAudits } from "./_audit.ts";
import { befall, heal } from "./_befalling.ts";
import { chartersOf } from "./_chartered.ts";
import { checkConduct, mayBeFar } from "./_conduct.ts";
import { end } from "./_ending.ts";
import { Expulsions } from "./_expulsions.ts";
import { lying } from "./_liar.ts";
import { Network } from "./_network.ts";
import type { Schedule } from "./_schedule.ts";
import { Shares } from "./_shares.ts";
import { Site } from "./_site.ts";
import { checkMeans, checkSum, isBounded, isOneWay, losesNothing, roundingOf } from "./_sums.ts";
import { VirtualWorld } from "./_virtual_world.ts";
import { isWhole, standing } from "./_wholeness.ts";

/** What a site may wait, in milliseconds: shorter than the defaults, so that schedules are. */
const WAITS = { stepTimeout: 5_000, patience: 3_000, absence: 5_000 };

/** The longest that a step of averaging may take, in milliseconds. */
const LONGEST_STEP = 120_000;

/** The longest that all may need until they agree when all is mended, in milliseconds. */
const LONGEST_HEALING = 300_000;

/**
 * So much longer where one was far from the others with nobody to tell it so: it may have been paused (`conduct.ts`);
 * where a liar may be, without whom there is no secure sum; and where a liar holds a part of all masses, of which it
 * gives back little.
 */
const LONGEST_PAUSE = 700_000;

/** What a run came to. */
export interface RunResult {
  /** Rules that do not hold, as sentences; none: all is well. */
  broken: string[];
  /** Milliseconds of the world. */
  time: number;
  /** Things that happened in it. */
  events: number;
  /** Where the sites came to: the same seed gives the same. */
  trace: string;
}

/** Runs `schedule`; `tell` is told what happens. */
export async function runSchedule(
  schedule: Schedule,
  identities: readonly Identity[],
  tell: (line: string) => void = () => {},
): Promise<RunResult> {
  const { seed, averaging, believe, silence, relaying } = schedule;
  const plan = schedule.charter;
  const chain = plan && await chartersOf(identities, plan.members);
  const world = new VirtualWorld(seed);
  using _entered = world.enter();
  const rng = new Rng(seed).fork("run");
  const network = new Network(world, rng.fork("network"));
  const members = identities.slice(0, schedule.sites.length);
  const statements = await Promise.all(members.map((identity, i) => makeStatement(identity, "seeded", i)));
  const shares = new Shares();
  const sites = schedule.sites.map(({ mass, roundTime, clockError, isLiar }, i) =>
    new Site(i, {
      ...{ world, network, identities: members, shares, mass, roundTime, clockError },
      rng: rng.fork(`site ${i}`),
      statement: statements[i],
      ...(chain && { charter: { chain, first: plan.first[i] }, amended: () => expulsions.changed() }),
      ...(relaying && { relaying: { isHidden: relaying.hidden.includes(i), limits: relaying.limits } }),
      ...(isLiar && { tamper: lying(rng.fork("lies")) }),
      tell: (line) => tell(`${(world.time / 1000).toFixed(3)} site ${i}: ${line}`),
      mesh: { ...WAITS, averaging, believe, silence, relays: relaysOf(schedule, members, i) },
    })
  );
  const expulsions = new Expulsions(sites, plan);
  const broken: string[] = [];
  const check = (rule: string, holds: boolean) => void (holds || broken.push(rule));
  try {
    await befall(schedule, { world, network, sites });
    await heal(schedule, { world, network, sites });
    const honest = sites.filter((_, i) => !schedule.sites[i].isLiar);
    const staying = expulsions.staying.filter((site) => honest.includes(site));
    // who is expelled goes on alone: nothing of that may come to the others
    for (const site of staying) site.training.isCalm = true;
    // what became of a share that was under way is asked for at the beginning of a step
    const steps = new Map(sites.map((site) => [site, site.training.steps + (isOneWay(schedule) ? 2 : 0)]));
    const isOver = () =>
      sites.some(({ failure }) => failure !== undefined) ||
      (honest.every((site) => site.isRunning && site.training.steps >= steps.get(site)!) && expulsions.areKnown &&
        isWhole(staying));
    const needsLiar = averaging.secure && staying.length < FEWEST;
    const waitsForLiar = isOneWay(schedule) && honest.length < sites.length;
    const longest = LONGEST_HEALING + (mayBeFar(schedule) || needsLiar || waitsForLiar ? LONGEST_PAUSE : 0);
    await world.run(fromTimeToTime(world, isOver), { longest }).catch((error) =>
      check(`they do not come together again: ${error.message}; ${standing(staying)}`, false)
    );
    for (const site of sites) site.training.isEnding = true;
    await world.run(() => sites.every(({ training }) => training.hasEnded), { longest: LONGEST_STEP })
      .catch((error) => check(`a step does not end: ${error.message}`, false));
    // exchanges that others have begun end by themselves
    const until = world.time + 3_000;
    await world.run(() => world.time >= until, { longest: 60_000 });
    for (const [i, site] of sites.entries()) {
      if (site.failure !== undefined) check(`site ${i} has failed: ${textOf(site.failure)}`, false);
      check(
        `a step of site ${i} took ${Math.round(site.training.longestStep)} ms`,
        site.training.longestStep <= LONGEST_STEP,
      );
    }
    checkMeans(honest, schedule, { check, staying });
    checkConduct(sites, schedule, check);
    shares.check(check, {
      honest: new Set(honest.map(({ number }) => number)),
      isWhole: losesNothing(schedule),
    });
    expulsions.check(check, {
      place: (site) => sites.length + sites.indexOf(site),
      rounding: isBounded(schedule, honest) ? roundingOf(schedule) : undefined,
    });
    if (!schedule.sites.some(({ isLiar }) => isLiar)) checkSum(sites, schedule, { check, made: shares.made });
    await end(sites, world).catch((error) => check(`the end does not come: ${error.message}`, false));
    await checkAudits(staying, check);
  } catch (error) {
    broken.push(`the run has ended early: ${textOf(error)}`);
  }
  const trace = sites.map(({ vector, training: { steps } }) => `${steps}: ${[...vector.subarray(0, 4)].join(" ")}`)
    .join("; ");
  return { broken, time: world.time, events: world.events, trace };
}

/** Looks every half second of the world only: it takes longer than most of what happens. */
function fromTimeToTime(world: VirtualWorld, isOver: () => boolean): () => boolean {
  let next = 0;
  return () => {
    if (world.time < next) return false;
    next = world.time + 500;
    return isOver();
  };
}

/** The addresses of relays that site `i` is told: where none is, it asks members whom it has called. */
function relaysOf({ relaying }: Schedule, members: readonly Identity[], i: number): string[] {
  if (!relaying?.isConfigured || !relaying.hidden.includes(i)) return [];
  // machines have their addresses in the order of the sites
  return [`/ip4/10.0.0.${relaying.relay + 1}/tcp/4001/p2p/${members[relaying.relay].peerId}`];
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.stack ?? error.message : String(error);
}
