import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { UserError } from "../../../src/core/errors.ts";
import { Rng } from "../../../src/core/rng.ts";
import { AuditLog } from "../../../src/peer/audit/audit_log.ts";
import { latestRelease } from "../../../src/peer/audit/releases.ts";
import { ReleasePolicy } from "../../../src/peer/policy/release_policy.ts";
import { withDirectory } from "../_site.ts";

const D = 4;

/** `count` rows of norm `norm` in as many partitions. */
function features(round: number, count: number, norm = 1) {
  const rng = new Rng(round);
  const rows = Array.from({ length: count }, () => {
    const row = Array.from({ length: D }, () => rng.normal());
    return row.map((value) => norm * value / Math.hypot(...row));
  });
  return { round, features: Float32Array.from(rows.flat()), partitions: Int32Array.from(rows.keys()) };
}

/** Seeded noise. */
const seeded = (seed: number) => {
  const rng = new Rng(seed);
  return (count: number) => Float64Array.from({ length: count }, () => rng.normal());
};

const norms = (values: Float32Array) =>
  Array.from({ length: values.length / D }, (_, row) => Math.hypot(...values.subarray(row * D, (row + 1) * D)));

const NO_NOISE = { featuresPerRound: 2048, noise: null, totalEpsilon: null };
const NOISE = { featuresPerRound: 2048, noise: { epsilon: 1, delta: 1e-5 }, totalEpsilon: 2.1 };

Deno.test("the cap holds whatever training hands over, is told once, and says so in the audit", async () => {
  const policy = new ReleasePolicy({ ...NO_NOISE, featuresPerRound: 5 }, "unused");
  const told: string[] = [];
  for (const [round, count] of [[1, 3], [2, 60_000], [3, 6]]) {
    const { release, warnings } = await policy.apply(features(round, count));
    assertEquals([release!.partitions.length, release!.features.length], [Math.min(5, count), D * Math.min(5, count)]);
    told.push(...warnings);
  }
  assertEquals(told, ["policy.featuresPerRound lets no more than 5 features leave in a round"]);
  assertEquals(policy.applied(2), { features: 5, of: 60_000, noise: null });
});

Deno.test("with a cap of 0 nothing leaves", async () => {
  const policy = new ReleasePolicy({ ...NO_NOISE, featuresPerRound: 0 }, "unused");
  assertEquals((await policy.apply(features(1, 3))).release, undefined);
  assertEquals(policy.applied(1), undefined);
});

Deno.test("rows are brought to norm 1 before the noise and after it; without noise they keep their direction", async () =>
  await withDirectory(async (directory) => {
    const asked = features(1, 50, 7);
    const plain = await new ReleasePolicy(NO_NOISE, "unused").apply(asked);
    plain.release!.features.forEach((value, i) => assertAlmostEquals(value, asked.features[i] / 7, 1e-6));
    const noisy = await new ReleasePolicy(NOISE, join(directory, "privacy.json"), seeded(1)).apply(asked);
    for (const norm of norms(noisy.release!.features)) assertAlmostEquals(norm, 1, 1e-6);
    assertEquals(asked, features(1, 50, 7)); // what was handed over stays as it was
  }));

Deno.test("the noise has the deviation that the account pays for, on rows of norm 1", async () =>
  await withDirectory(async (directory) => {
    const asked = features(1, 3, 5);
    const noise = Float64Array.from({ length: 3 * D }, (_, i) => i % 2 ? 0.5 : -0.25);
    const policy = new ReleasePolicy(NOISE, join(directory, "privacy.json"), () => noise);
    const { release } = await policy.apply(asked);
    for (let row = 0; row < 3; row++) {
      const expected = Array.from(
        { length: D },
        (_, k) => asked.features[row * D + k] / 5 + 9.80112 * noise[row * D + k],
      );
      const norm = Math.hypot(...expected);
      expected.forEach((value, k) => assertAlmostEquals(release!.features[row * D + k], value / norm, 1e-5));
    }
    const { noise: applied } = policy.applied(1)!;
    assertAlmostEquals(applied!.deviation, 9.801, 1e-3);
    assertAlmostEquals(applied!.spentEpsilon, 1, 1e-9);
  }));

Deno.test("the account survives a restart, and releases stop for good when it is spent", async () =>
  await withDirectory(async (directory) => {
    const path = join(directory, "privacy.json");
    const life = async (rounds: number[]) => {
      const policy = new ReleasePolicy(NOISE, path, seeded(2));
      await policy.open();
      const results = [];
      for (const round of rounds) results.push(await policy.apply(features(round, 4)));
      return { results, policy };
    };
    const first = await life([1, 2]);
    assertEquals(first.results.map(({ release }) => release !== undefined), [true, true]);
    // 2 releases spend 1.43, 4 spend 2.04, 5 would spend 2.29 of 2.1
    const second = await life([3, 4, 5, 6]);
    assertEquals(second.results.map(({ release }) => release !== undefined), [true, true, false, false]);
    assertAlmostEquals(second.policy.applied(4)!.noise!.spentEpsilon, 2.0417, 1e-3);
    assertEquals(second.policy.applied(4)!.noise!.releases, 4);
    assertEquals(second.results.flatMap(({ warnings }) => warnings), [
      "the privacy budget is spent: epsilon 2.04 of 2.1 at delta 0.00001, no features leave this site any more, and it " +
      "goes on with weights alone; more may leave only with a greater policy.totalEpsilon, which the site answers for",
    ]);
    assertEquals((await life([7])).results[0].release, undefined);
  }));

Deno.test("what cannot be paid for does not leave, and costs nothing", async () =>
  await withDirectory(async (directory) => {
    const path = join(directory, "privacy.json");
    const policy = new ReleasePolicy(NOISE, path, seeded(3));
    await Deno.mkdir(path);
    await assertRejects(() => policy.apply(features(1, 4)));
    assertEquals(policy.applied(1), undefined);
    await Deno.remove(path);
    assert((await policy.apply(features(2, 4))).release);
    assertEquals(JSON.parse(await Deno.readTextFile(path)).releases, 1);
  }));

Deno.test("a damaged account stops a peer that adds noise: what was spent is not forgotten", async () =>
  await withDirectory(async (directory) => {
    const path = join(directory, "privacy.json");
    for (const text of ["", "{}", '{"version":1,"rho":-1,"releases":0}', '{"version":1,"rho":null,"releases":0}']) {
      await Deno.writeTextFile(path, text);
      await assertRejects(
        () => new ReleasePolicy(NOISE, path).open(),
        UserError,
        "restore it from a backup",
      );
      await new ReleasePolicy(NO_NOISE, path).open(); // without noise nobody reads it
    }
  }));

Deno.test("an account that knows of less than the audit log shows stops a peer that adds noise", async () =>
  await withDirectory(async (directory) => {
    const [path, log] = [join(directory, "privacy.json"), join(directory, "audit.jsonl")];
    const policy = new ReleasePolicy(NOISE, path, seeded(2));
    const audit = new AuditLog(log);
    await audit.open();
    const record = { time: 0, kind: "embeddings", peer: "12D3", bytes: 10, digest: "00" } as const;
    for (const round of [1, 2]) {
      await policy.apply(features(round, 4));
      await audit.append({ ...record, round, policy: policy.applied(round) });
    }
    // what leaves later is told behind it, more than is read at a time
    for (let i = 0; i < 6_000; i++) {
      await audit.append({ ...record, kind: "weights", round: 3, digest: "0".repeat(64) });
    }
    await audit.close();
    const reopened = (settings: typeof NOISE | typeof NO_NOISE) =>
      new ReleasePolicy(settings, path).open(() => latestRelease(log));
    await reopened(NOISE);
    const two = await Deno.readTextFile(path);
    await Deno.writeTextFile(path, two.replace('"releases":2', '"releases":1'));
    await assertRejects(() => reopened(NOISE), UserError, "knows of 1 releases where the audit log shows 2 releases");
    await Deno.remove(path);
    const rule =
      "knows of 0 releases where the audit log shows 2 releases, epsilon 1.43 in sum; restore it from a backup";
    await assertRejects(() => reopened(NOISE), UserError, rule);
    await reopened(NO_NOISE);
  }));

Deno.test("features without a direction are left out, and that is told", async () => {
  const asked = features(1, 4);
  asked.features.fill(0, 0, D);
  asked.features[D] = NaN;
  const { release, warnings } = await new ReleasePolicy(NO_NOISE, "unused").apply(asked);
  assertEquals([...release!.partitions], [2, 3]);
  assertEquals(warnings, ["features that are zero or not finite are not released"]);
});
