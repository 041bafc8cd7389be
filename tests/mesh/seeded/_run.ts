/**
 * Runs a schedule on real meshes in a virtual world, and checks what must hold of every run:
 *
 * - what a site holds is a mean of what all began with and contributed: nothing is counted twice;
 * - Σ m·x is what it was and what was contributed, where nothing befell anybody; else it has moved by no more than the
 *   exchanges that broke can move it;
 * - no step and no end waits for ever;
 * - nobody averages with whom a charter has expelled, and all who stay come to its newest version;
 * - once all is mended, all see each other, hold each other's latest heads and features, and agree again, also on the
 *   plan that they make together.
 */
import { Rng } from "../../../src/core/rng.ts";
import type { Identity } from "../../../src/mesh/envelope/identity.ts";
import { FEWEST } from "../../../src/mesh/averaging/secure/fewest.ts";
import { makeStatement } from "../../../src/mesh/plans/statement.ts";
import { checkAudits } from "./_audit.ts";
import { lying } from "./_liar.ts";
import { chartersOf } from "./_chartered.ts";
import { checkConduct } from "./_conduct.ts";
import { Expulsions } from "./_expulsions.ts";
import { Network } from "./_network.ts";
import type { Fault, Schedule } from "./_schedule.ts";
import { Shares } from "./_shares.ts";
import { Site } from "./_site.ts";
import { checkMeans, checkSum, isBounded, isOneWay, losesNothing, roundingOf } from "./_sums.ts";
import { VirtualWorld } from "./_virtual_world.ts";

/** What a site may wait, in milliseconds: shorter than the defaults, so that schedules are. */
const WAITS = { stepTimeout: 5_000, patience: 3_000, absence: 5_000 };

/** The longest that a step of averaging may take, in milliseconds. */
const LONGEST_STEP = 120_000;

/** The longest that all may need until they agree when all is mended, in milliseconds. */
const LONGEST_HEALING = 300_000;

/**
 * So much longer where one was far from the others with nobody to tell it so: it may have been paused (`conduct.ts`); and
 * where a liar may be, without whom there is no secure sum.
 */
const LONGEST_PAUSE = 700_000;

/** The longest that an end in order may take, in milliseconds. */
const LONGEST_END = 60_000;

/** How far apart, at most, those are who agree; what they began with is 1 apart. */
const AGREED = 2e-2;

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
    const isAstray = schedule.faults.some(({ type }) => type === "astray");
    const needsLiar = averaging.secure && staying.length < FEWEST;
    const longest = LONGEST_HEALING + (isAstray || needsLiar ? LONGEST_PAUSE : 0);
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
      honest: new Set(sites.flatMap((site, i) => honest.includes(site) ? [i] : [])),
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

interface Stage {
  world: VirtualWorld;
  network: Network;
  sites: readonly Site[];
}

const addressesOf = (sites: readonly Site[]) =>
  sites.map(({ machine, identity }) => `/ip4/${machine.address}/tcp/4001/p2p/${identity.peerId}`);

/** The addresses of relays that site `i` is told: where none is, it asks members whom it has called. */
function relaysOf({ relaying }: Schedule, members: readonly Identity[], i: number): string[] {
  if (!relaying?.isConfigured || !relaying.hidden.includes(i)) return [];
  // machines have their addresses in the order of the sites
  return [`/ip4/10.0.0.${relaying.relay + 1}/tcp/4001/p2p/${members[relaying.relay].peerId}`];
}

/** Starts the sites, and lets the faults come. */
async function befall(schedule: Schedule, stage: Stage): Promise<void> {
  const { world, sites } = stage;
  const failures: unknown[] = [];
  for (const [i, { startsAt }] of schedule.sites.entries()) {
    world.at(startsAt, () => sites[i].isAlive || sites[i].start(addressesOf(sites)));
  }
  for (const fault of schedule.faults) {
    world.at(fault.at, () => void begin(fault, stage).catch((error) => failures.push(error)));
    world.at(fault.at + fault.lasts, () => mend(fault, stage));
  }
  const lasts = Math.max(schedule.stormy, ...schedule.faults.map(({ at, lasts }) => at + lasts)) + 1;
  await world.run(() => world.time >= lasts || failures.length > 0, { longest: 2 * lasts + 60_000 });
  if (failures.length > 0) throw failures[0];
}

async function begin(fault: Fault, { network, sites, world }: Stage): Promise<void> {
  const site = sites[fault.site];
  const others = sites.filter((other) => other !== site);
  if (fault.type === "cut") network.cut(site.machine, sites[fault.other].machine, { oneWay: fault.oneWay });
  if (fault.type === "isolate") { for (const other of others) network.cut(site.machine, other.machine); }
  if (fault.type === "reset") site.reset();
  if (fault.type === "flap") {
    for (let at = fault.at; at < fault.at + fault.lasts; at += fault.every) world.at(at, () => site.reset());
  }
  if (fault.type === "kill") site.kill(fault);
  if (fault.type === "leave") await site.stop();
  if (fault.type === "stop") site.process?.stop(world.time, world.time + fault.lasts);
  if (fault.type === "full disk") site.files.isFull = true;
  if (fault.type === "amend") site.charter?.give(fault.version);
  if (fault.type === "stale charter") site.losesCharter(1);
  if (fault.type === "astray") site.training.goesAstray = true;
}

function mend(fault: Fault, stage: Stage): void {
  const { network, sites } = stage;
  const site = sites[fault.site];
  const others = sites.filter((other) => other !== site);
  if (fault.type === "cut") network.mend(site.machine, sites[fault.other].machine);
  if (fault.type === "isolate") { for (const other of others) network.mend(site.machine, other.machine); }
  if (fault.type === "kill" || fault.type === "leave" || fault.type === "stale charter") startSoon(site, stage);
  if (fault.type === "full disk") site.files.isFull = false;
}

/** Starts `site`, once the process that there may be has come to its end. */
function startSoon(site: Site, stage: Stage): void {
  if (site.isRunning) return;
  if (!site.isAlive) return site.start(addressesOf(stage.sites));
  stage.world.at(stage.world.time + 500, () => startSoon(site, stage));
}

/** Faults may overlap: now all is mended. */
async function heal(schedule: Schedule, { world, network, sites }: Stage): Promise<void> {
  for (const [i, site] of sites.entries()) {
    for (const other of sites.slice(i + 1)) network.mend(site.machine, other.machine);
    site.files.isFull = false;
    startSoon(site, { world, network, sites });
  }
  const until = world.time + 1;
  await world.run(() => world.time >= until, { longest: 60_000 + schedule.stormy });
}

/** Whether all see each other, know the latest of each other, and agree. */
function isWhole(sites: readonly Site[]): boolean {
  return sites.every((site) =>
    sites.every((other) => {
      if (site === other) return true;
      return site.isReady && other.isReady && site.sees(other) && site.hasLatestOf(other);
    })
  ) && spread(sites) < AGREED && sites.every(({ planning: { plan } }) => plan !== undefined) && havePlan(sites);
}

/** Whether all go by one plan; of two that do not, as a charter was amended while they planned, one must be told. */
function havePlan(sites: readonly Site[]): boolean {
  const knows = (site: Site, other: Site) =>
    site.charter !== undefined && site.planning.others.has(other.identity.peerId);
  return sites.every((site) =>
    sites.every((other) =>
      site.planning.plan?.plan === other.planning.plan?.plan || knows(site, other) || knows(other, site)
    )
  );
}

/** The largest difference of a value between two sites. */
function spread(sites: readonly Site[]): number {
  const vectors = sites.map(({ vector }) => vector);
  return Math.max(...vectors[0].map((_, j) => {
    const values = vectors.map((vector) => vector[j]);
    return Math.max(...values) - Math.min(...values);
  }));
}

function standing(sites: readonly Site[]): string {
  const missing = sites.flatMap((site, i) =>
    sites.flatMap((other, j) => {
      if (site === other || !site.isReady) return site.isReady ? [] : [`${i} is not ready`];
      return [
        ...site.sees(other) ? [] : [`${i} does not see ${j}`],
        ...site.hasLatestOf(other) ? [] : [`${i} has not the latest of ${j}`],
      ];
    })
  );
  const plans = sites.map(({ planning: { plan } }) => plan ? `"${plan.plan}"` : "none");
  return [`their plans are ${plans.join(", ")}`, `they are ${spread(sites).toPrecision(3)} apart`, ...missing].join(
    ", ",
  );
}

/** All end in order, and leave nothing behind that would still happen. */
async function end(sites: readonly Site[], world: VirtualWorld): Promise<void> {
  const processes = sites.map(({ process }) => process), nodes = sites.map(({ node }) => node);
  await all(sites, world, async (site) => await world.in(site.process, () => site.mesh.anchorAuditLog()));
  await all(sites, world, (site) => site.stop());
  for (const [i, process] of processes.entries()) {
    if (!process) continue;
    const timers = world.timers(process), listeners = world.listeners(process);
    const left = [
      ...timers > 0 ? [`${timers} timers are left`] : [],
      ...listeners.length > 0 ? [`${listeners.join(" and ")} listeners are left on signals`] : [],
      ...nodes[i]?.left() ?? [],
    ];
    if (left.length > 0) throw new Error(`of ${process.name} ${left.join(", ")}`);
  }
}

/** Lets each of `sites` do `work`, all at once. */
async function all(sites: readonly Site[], world: VirtualWorld, work: (site: Site) => Promise<void>): Promise<void> {
  let ended = 0;
  const failures: unknown[] = [];
  for (const site of sites) void work(site).then(() => ended++, (error) => failures.push(error));
  await world.run(() => ended === sites.length || failures.length > 0, { longest: LONGEST_END });
  if (failures.length > 0) throw failures[0];
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.stack ?? error.message : String(error);
}
