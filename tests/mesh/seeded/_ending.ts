/** The end of a run: all processes end, and nothing of them goes on. */
import type { Site } from "./_site.ts";
import type { VirtualWorld } from "./_virtual_world.ts";

/** The longest that an end in order may take, in milliseconds. */
const LONGEST_END = 60_000;

/** Listeners that a process that runs has on one signal, at most: up to 33 were seen; those who let go of none have hundreds. */
const MOST_LISTENERS = 100;

/** All end in order, and leave nothing behind that would still happen. */
export async function end(sites: readonly Site[], world: VirtualWorld): Promise<void> {
  const processes = sites.map(({ process }) => process), nodes = sites.map(({ node }) => node);
  await all(sites, world, async (site) => await world.in(site.process, () => site.mesh.anchorAuditLog()));
  for (const process of processes) {
    const most = process ? Math.max(0, ...world.listeners(process)) : 0;
    if (most > MOST_LISTENERS) throw new Error(`${process?.name} has ${most} listeners on one signal`);
  }
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
