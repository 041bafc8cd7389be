/**
 * The real mesh under a seed: hello, admission, finding, averaging, heads and features of whole meshes over a network in
 * memory, with time and chance of a world of their own. A seed draws who is there, how fast, with which averaging, and
 * what befalls them: joins, cuts, resets, kills, stops, full disks, lies, charters that are amended, relays that crash.
 *
 * `SYNCYTIUM_SCHEDULE=SEED` replays one schedule and tells all that happens; `SYNCYTIUM_FIRST_SCHEDULE=SEED` and
 * `SYNCYTIUM_SCHEDULES=COUNT` run others than the suite's. `deno task nightly` runs thousands from a new seed, and
 * `deno task nightly --filter "whatever befalls them"` these alone.
 */
import { assertEquals, fail } from "@std/assert";
import { fromEnvironment } from "../../_fuzz.ts";
import { seededIdentity } from "./_identities.ts";
import { runSchedule } from "./_run.ts";
import { described, type Schedule, scheduleOf } from "./_schedule.ts";

const REPLAYED = "SYNCYTIUM_SCHEDULE";

const FIRST = "SYNCYTIUM_FIRST_SCHEDULE", COUNT = "SYNCYTIUM_SCHEDULES";

/** Schedules of the suite, and of a night. */
const SCHEDULES = 100, NIGHTLY = 3_000;

/** Schedules that were lost once: secure sums of three, one of them astray, with two that have no mean to announce. */
const LOST_ONCE = [144, 318, 752];

const MOST = 2 ** 31;

const identities = await Promise.all(Array.from({ length: 5 }, (_, number) => seededIdentity(number)));

/** What is broken, with all that is needed to see it again; undefined: nothing. */
async function faultOf(schedule: Schedule, tell?: (line: string) => void): Promise<string | undefined> {
  const { broken } = await runSchedule(schedule, identities, tell);
  if (broken.length === 0) return undefined;
  const replay = `${REPLAYED}=${schedule.seed} deno test -A tests/mesh/seeded/schedules_test.ts`;
  return `schedule ${schedule.seed}:\n${described(schedule)}\n\n${broken.join("\n")}\n\nto see it again: ${replay}`;
}

/** What a schedule has in it, for the table of a night. */
function contents({ faults, sites, relaying }: Schedule): Set<string> {
  const isSlow = sites.some(({ roundTime }) => roundTime > 5_000);
  return new Set([
    ...faults.map(({ type, lasts }) => lasts > 60_000 ? `${type}, for minutes` : type),
    ...faults.length === 0 ? ["nothing"] : [],
    ...sites.some(({ isLiar }) => isLiar) ? ["a member that lies"] : [],
    ...sites.some(({ clockError }) => clockError !== 0) ? ["a wrong clock"] : [],
    ...relaying ? [relaying.limits ? "a relay with limits" : "a relay"] : [],
    ...isSlow ? ["one site 20 times slower"] : [],
  ]);
}

/** A table of how many schedules had what in them, and how many of those were lost. */
function table(runs: readonly { schedule: Schedule; isLost: boolean }[]): string {
  const kinds = [...new Set(runs.flatMap(({ schedule }) => [...contents(schedule)]))].sort();
  const rows = kinds.map((kind) => {
    const having = runs.filter(({ schedule }) => contents(schedule).has(kind));
    return `${kind.padEnd(28)} ${having.filter(({ isLost }) => isLost).length} of ${having.length} lost`;
  });
  return [...rows, `${"all".padEnd(28)} ${runs.filter(({ isLost }) => isLost).length} of ${runs.length} lost`].join(
    "\n",
  );
}

const environment = Deno.env;
const replayed = fromEnvironment(REPLAYED, { min: 0, max: 2 * MOST, environment });
const first = fromEnvironment(FIRST, { min: 0, max: MOST, environment });
const count = fromEnvironment(COUNT, { min: 1, max: MOST, environment });
const isNightly = environment.get("SYNCYTIUM_NIGHTLY") === "1";

/** Which are run: of a night, a new seed's, unless told otherwise. */
function chosen(): { from: number; to: number } {
  const from = first ?? (isNightly ? crypto.getRandomValues(new Uint32Array(1))[0] % MOST : 0);
  return { from, to: from + (count ?? (isNightly ? NIGHTLY : SCHEDULES)) };
}

Deno.test({
  name: "whatever befalls them, sites lose and double nothing, wait for nobody for ever, and agree once all is mended",
  ignore: replayed !== undefined,
  async fn() {
    const { from, to } = chosen();
    const isTold = isNightly || from > 0;
    if (isTold) console.log(`schedules ${from} to ${to - 1}`);
    const runs: { schedule: Schedule; isLost: boolean }[] = [], lost: string[] = [];
    for (let seed = from; seed < to; seed++) {
      const schedule = scheduleOf(seed);
      const fault = await faultOf(schedule);
      if (fault !== undefined) lost.push(fault);
      if (fault !== undefined && !isTold) break;
      runs.push({ schedule, isLost: fault !== undefined });
    }
    if (isTold) console.log(table(runs));
    if (lost.length > 0) fail(lost.join("\n\n"));
  },
});

Deno.test({
  name: `schedule ${replayed}`,
  ignore: replayed === undefined,
  async fn() {
    const fault = await faultOf(scheduleOf(replayed!), console.log);
    if (fault !== undefined) fail(fault);
  },
});

Deno.test({
  name: "schedules that were lost once are so no more",
  ignore: replayed !== undefined,
  async fn() {
    for (const seed of LOST_ONCE) {
      const fault = await faultOf(scheduleOf(seed));
      if (fault !== undefined) fail(fault);
    }
  },
});

Deno.test({
  name: "the same seed gives the same run, to the last bit",
  ignore: replayed !== undefined,
  async fn() {
    for (const seed of [3, 9]) {
      const one = await runSchedule(scheduleOf(seed), identities);
      assertEquals(await runSchedule(scheduleOf(seed), identities), one);
    }
  },
});
