/** Lets what a schedule has befall its sites, and mends it. */
import type { Network } from "./_network.ts";
import type { Fault, Schedule } from "./_schedule.ts";
import type { Site } from "./_site.ts";
import type { VirtualWorld } from "./_virtual_world.ts";

/** Where it happens. */
export interface Stage {
  world: VirtualWorld;
  network: Network;
  sites: readonly Site[];
}

const addressesOf = (sites: readonly Site[]) =>
  sites.map(({ machine, identity }) => `/ip4/${machine.address}/tcp/4001/p2p/${identity.peerId}`);

/** Starts the sites, and lets the faults come. */
export async function befall(schedule: Schedule, stage: Stage): Promise<void> {
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
export async function heal(schedule: Schedule, { world, network, sites }: Stage): Promise<void> {
  for (const [i, site] of sites.entries()) {
    for (const other of sites.slice(i + 1)) network.mend(site.machine, other.machine);
    site.files.isFull = false;
    startSoon(site, { world, network, sites });
  }
  const until = world.time + 1;
  await world.run(() => world.time >= until, { longest: 60_000 + schedule.stormy });
}
