/**
 * The real mesh under a seed: hello, admission, finding, averaging, heads and features of whole meshes over a network in
 * memory, with time and chance of a world of their own. A seed draws who is there, how fast, with which averaging, and
 * what befalls them: joins, cuts, resets, kills, stops, full disks, lies.
 *
 * `SYNCYTIUM_SCHEDULE=SEED` replays one schedule and tells all that happens; `deno task nightly` runs thousands from a
 * new seed.
 */
import { assertEquals, fail } from "@std/assert";
import { fromEnvironment } from "../../_fuzz.ts";
import { seededIdentity } from "./_identities.ts";
import { runSchedule } from "./_run.ts";
import { described, scheduleOf } from "./_schedule.ts";

const REPLAYED = "SYNCYTIUM_SCHEDULE";

/** Schedules of the suite, and of a night. */
const SCHEDULES = 100, NIGHTLY = 3_000;

const MOST = 2 ** 31;

const identities = await Promise.all(Array.from({ length: 5 }, (_, number) => seededIdentity(number)));

/** Fails with all that is needed to see it again. */
async function checkSchedule(seed: number, tell?: (line: string) => void): Promise<void> {
  const schedule = scheduleOf(seed);
  const { broken } = await runSchedule(schedule, identities, tell);
  if (broken.length === 0) return;
  const replay = `${REPLAYED}=${seed} deno test -A tests/mesh/seeded/schedules_test.ts`;
  fail(`schedule ${seed}:\n${described(schedule)}\n\n${broken.join("\n")}\n\nto see it again: ${replay}`);
}

const replayed = fromEnvironment(REPLAYED, { min: 0, max: 2 * MOST, environment: Deno.env });
const isNightly = Deno.env.get("SYNCYTIUM_NIGHTLY") === "1";

Deno.test({
  name: "whatever befalls them, sites lose and double nothing, wait for nobody for ever, and agree once all is mended",
  ignore: replayed !== undefined,
  async fn() {
    const [first, count] = isNightly ? [crypto.getRandomValues(new Uint32Array(1))[0] % MOST, NIGHTLY] : [0, SCHEDULES];
    if (isNightly) console.log(`schedules ${first} to ${first + count - 1}`);
    for (let seed = first; seed < first + count; seed++) await checkSchedule(seed);
  },
});

Deno.test({
  name: `schedule ${replayed}`,
  ignore: replayed === undefined,
  fn: () => checkSchedule(replayed!, console.log),
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
