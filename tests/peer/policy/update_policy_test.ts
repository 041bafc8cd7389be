import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { UserError } from "../../../src/core/errors.ts";
import { AuditLog } from "../../../src/peer/audit/audit_log.ts";
import { latestRelease } from "../../../src/peer/audit/releases.ts";
import { epsilonOf, rhoFor } from "../../../src/peer/policy/gaussian_mechanism.ts";
import { UpdatePolicy } from "../../../src/peer/policy/update_policy.ts";
import { withDirectory } from "../_site.ts";

const SETTINGS = { clip: 2, epsilon: 10, delta: 1e-5, totalEpsilon: 15, protects: "update" } as const;
const silent = (count: number) => new Float64Array(count);
const ones = (count: number) => new Float64Array(count).fill(1);

Deno.test("an update longer than the clipping length is shortened to it, a shorter one left as it is", async () => {
  await withDirectory(async (directory) => {
    const policy = new UpdatePolicy({ ...SETTINGS, totalEpsilon: 100 }, `${directory}/p.json`, silent);
    await policy.open();
    const start = Float32Array.of(1, 1);
    assertEquals((await policy.apply(start, Float32Array.of(4, 5))).vector, Float32Array.of(1 + 1.2, 1 + 1.6));
    assertEquals((await policy.apply(start, Float32Array.of(2, 1.5))).vector, Float32Array.of(2, 1.5));
    assertEquals((await policy.apply(start, start)).vector, start);
    const broken = Float32Array.of(NaN, 1);
    assertEquals((await policy.apply(start, broken)).vector, broken); // is refused when it is shared
    assertEquals(policy.applied?.releases, 3);
  });
});

Deno.test("the noise on each value is what the account is charged for: C / √(2ρ), and ρ adds up over rounds and restarts", async () => {
  await withDirectory(async (directory) => {
    const path = `${directory}/p.json`;
    const rho = rhoFor(SETTINGS);
    const first = new UpdatePolicy({ ...SETTINGS, totalEpsilon: 100 }, path, ones);
    await first.open();
    const { vector } = await first.apply(Float32Array.of(0, 0), Float32Array.of(0, 1));
    assertAlmostEquals(vector[0], 2 / Math.sqrt(2 * rho), 1e-6);
    assertAlmostEquals(vector[1] - vector[0], 1, 1e-6);
    assertAlmostEquals(first.applied!.spentEpsilon, 10, 1e-9);
    const second = new UpdatePolicy({ ...SETTINGS, totalEpsilon: 100 }, path, ones);
    await second.open(() => Promise.resolve({ releases: 1, spentEpsilon: 10 }));
    await second.apply(Float32Array.of(0), Float32Array.of(1));
    assertAlmostEquals(second.applied!.spentEpsilon, epsilonOf(2 * rho, 1e-5), 1e-9);
    const known = { ...second.applied!, deviation: 0 };
    assertEquals(known, {
      ...{ epsilon: 10, delta: 1e-5, clip: 2, deviation: 0, releases: 2 },
      spentEpsilon: second.applied!.spentEpsilon,
    });
  });
});

Deno.test("a site whose budget is spent adds nothing, also after a restart, and says so once", async () => {
  await withDirectory(async (directory) => {
    const path = `${directory}/p.json`;
    const start = Float32Array.of(1, 2), trained = Float32Array.of(2, 2);
    const policy = new UpdatePolicy(SETTINGS, path);
    await policy.open();
    const { vector } = await policy.apply(start, trained);
    assert(vector[0] !== 2 && vector[1] !== 2);
    const spent = await policy.apply(start, trained);
    assertEquals(spent.vector, start);
    assert(spent.warning?.includes("adds nothing to the weights any more"), spent.warning);
    assertEquals(await policy.apply(start, trained), { vector: start });
    const again = new UpdatePolicy(SETTINGS, path);
    await again.open();
    assertEquals((await again.apply(start, trained)).vector, start);
  });
});

Deno.test("an account that knows of fewer updates than have left is refused with what helps", async () => {
  await withDirectory(async (directory) => {
    const [path, log] = [`${directory}/p.json`, `${directory}/audit.jsonl`];
    const before = new UpdatePolicy(SETTINGS, path);
    await before.open();
    await before.apply(Float32Array.of(0), Float32Array.of(1));
    const audit = new AuditLog(log);
    await audit.open();
    const record = { time: 0, kind: "weights", peer: "12D3", round: 1, bytes: 10, digest: "00" } as const;
    await audit.append({ ...record, update: before.applied });
    await audit.append(record); // what left before the next update
    await audit.close();
    assertEquals(await latestRelease(log), undefined); // of features
    const released = () => latestRelease(log, "weights");
    await new UpdatePolicy(SETTINGS, path).open(released);
    await Deno.remove(path);
    const policy = new UpdatePolicy(SETTINGS, path);
    const error = await assertRejects(() => policy.open(released), UserError, "shows 1 releases, epsilon 10.0 in sum");
    assert(error.message.includes("remove policy.weights"), error.message);
    await new UpdatePolicy(null, `${directory}/p.json`).open(released); // nothing is claimed, so nothing is asked
  });
});

Deno.test("without the setting updates are as they were trained", async () => {
  const policy = new UpdatePolicy(null, "/nowhere/p.json");
  const trained = Float32Array.of(3);
  assertEquals([(await policy.apply(Float32Array.of(1), trained)).vector, policy.isOn, policy.applied], [
    trained,
    false,
    undefined,
  ]);
});
