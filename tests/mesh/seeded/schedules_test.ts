/**
 * The real mesh under a seed: hello, admission, finding, averaging, heads and features of whole meshes over a network in
 * memory, with time and chance of a world of their own. A seed draws who is there, how fast, with which averaging, and
 * what befalls them: joins, cuts, resets, kills, stops, full disks, lies, charters that are amended, relays that crash.
 *
 * `SYNCYTIUM_SCHEDULE=SEED` replays one schedule and tells all that happens; `SYNCYTIUM_FIRST_SCHEDULE=SEED` and
 * `SYNCYTIUM_SCHEDULES=COUNT` run others than the suite's, and `SYNCYTIUM_SCHEDULES_WITH="a charter, secure sums"` so
 * many of those that have all that in them, by the names of the table. `deno task nightly` runs thousands from a new seed, and
 * `deno task nightly --filter "whatever befalls them"` these alone.
 */
import { assertEquals, fail } from "@std/assert";
import { UserError } from "../../../src/core/errors.ts";
import { fromEnvironment } from "../../_fuzz.ts";
import { contentsOf, tableOf } from "./_contents.ts";
import { seededIdentity } from "./_identities.ts";
import { LOST_ONCE } from "./_lost_once.ts";
import { runSchedule } from "./_run.ts";
import { described, type Schedule, scheduleOf } from "./_schedule.ts";

const REPLAYED = "SYNCYTIUM_SCHEDULE";

const FIRST = "SYNCYTIUM_FIRST_SCHEDULE", COUNT = "SYNCYTIUM_SCHEDULES", WITH = "SYNCYTIUM_SCHEDULES_WITH";

/** Schedules of the suite, and of a night. */
const SCHEDULES = 100, NIGHTLY = 3_000;

const MOST = 2 ** 31;

/** Of so many seeds, one has what is asked for, or none is looked for any more. */
const RAREST = 1_000;

const identities = await Promise.all(Array.from({ length: 5 }, (_, number) => seededIdentity(number)));

/** What is broken, with all that is needed to see it again; undefined: nothing. */
async function faultOf(schedule: Schedule, tell?: (line: string) => void): Promise<string | undefined> {
  const { broken } = await runSchedule(schedule, identities, tell);
  if (broken.length === 0) return undefined;
  const replay = `${REPLAYED}=${schedule.seed} deno test -A tests/mesh/seeded/schedules_test.ts`;
  return `schedule ${schedule.seed}:\n${described(schedule)}\n\n${broken.join("\n")}\n\nto see it again: ${replay}`;
}

const environment = Deno.env;
const replayed = fromEnvironment(REPLAYED, { min: 0, max: 2 * MOST, environment });
const first = fromEnvironment(FIRST, { min: 0, max: MOST, environment });
const count = fromEnvironment(COUNT, { min: 1, max: MOST, environment });
const isNightly = environment.get("SYNCYTIUM_NIGHTLY") === "1";

const wanted = (environment.get(WITH) || undefined)?.split(/, (?!for minutes)/) ?? [];

/** Which are run: of a night, a new seed's, unless told otherwise. */
function chosen(): Schedule[] {
  const from = first ?? (isNightly ? crypto.getRandomValues(new Uint32Array(1))[0] % MOST : 0);
  const most = count ?? (isNightly ? NIGHTLY : SCHEDULES);
  const schedules: Schedule[] = [];
  for (let seed = from; schedules.length < most && seed < from + RAREST * most; seed++) {
    const schedule = scheduleOf(seed), contents = contentsOf(schedule);
    if (wanted.every((kind) => contents.has(kind))) schedules.push(schedule);
  }
  if (schedules.length === 0) throw new UserError("no schedule has all that in it", { where: WITH, value: wanted });
  return schedules;
}

Deno.test({
  name: "whatever befalls them, sites lose and double nothing, wait for nobody for ever, and agree once all is mended",
  ignore: replayed !== undefined,
  async fn() {
    const schedules = chosen();
    const isTold = isNightly || first !== undefined || wanted.length > 0;
    if (isTold) console.log(`${schedules.length} schedules from ${schedules[0].seed} to ${schedules.at(-1)!.seed}`);
    const runs: { schedule: Schedule; isLost: boolean }[] = [], lost: string[] = [];
    for (const schedule of schedules) {
      const fault = await faultOf(schedule);
      if (fault !== undefined) lost.push(fault);
      if (fault !== undefined && !isTold) break;
      runs.push({ schedule, isLost: fault !== undefined });
    }
    if (isTold) console.log(tableOf(runs));
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

for (const [what, schedule] of Object.entries(LOST_ONCE)) {
  Deno.test({
    name: `lost once: ${what}`,
    ignore: replayed !== undefined,
    async fn() {
      const { broken } = await runSchedule(schedule, identities);
      assertEquals(broken, []);
    },
  });
}

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
