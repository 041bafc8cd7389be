import { assert, assertEquals } from "@std/assert";
import { areaUnderCurve, balancedAccuracy } from "../../scripts/attack/_detection.ts";
import { MemberEncoder } from "../../scripts/attack/_member_encoder.ts";
import { classifier, inferMembership } from "../../scripts/attack/_membership.ts";
import { type Candidate, embedViews, viewSimilarities } from "../../scripts/attack/_view_similarity.ts";
import { Rng } from "../../src/core/rng.ts";
import { startEngine } from "../../src/engine/engine.ts";
import { runRound } from "../pretraining/_fixtures.ts";
import { attackConfig, fieldCase, siteOf, SMALL_NETWORK } from "./_fixtures.ts";

const [DIMENSION, CELLS, ROWS] = [8, 3, 40];

function unitRows(count: number, rng: Rng): Float32Array {
  const rows = Float32Array.from({ length: count * DIMENSION }, () => rng.normal());
  return rows.map((value, i) => {
    const first = Math.floor(i / DIMENSION) * DIMENSION;
    return value / Math.hypot(...rows.subarray(first, first + DIMENSION));
  });
}

function candidate(site: number, isMember: boolean, rng: Rng): Candidate {
  const partitions = Int32Array.from({ length: ROWS }, (_, row) => row % CELLS);
  const views = Int32Array.from({ length: ROWS }, (_, row) => Math.floor(4 * row / ROWS));
  return { site, isMember, rows: [{ features: unitRows(ROWS, rng), partitions, views }] };
}

/** Two sites with 20 members and 20 others each; what a site releases is made by `releasedOf` from a member's rows. */
function releases(releasedOf: (features: Float32Array, rng: Rng) => Float32Array) {
  const rng = new Rng(8);
  const candidates = Array.from({ length: 80 }, (_, i) => candidate(i % 2, i < 40, rng));
  const released = [0, 1].map((site) => {
    const members = candidates.filter((one) => one.site === site && one.isMember);
    const rows = members.flatMap(({ rows: [{ features, partitions }] }) =>
      [0, 1].map((row) => ({
        partition: partitions[row],
        feature: features.slice(row * DIMENSION, (row + 1) * DIMENSION),
      }))
    );
    const features = Float32Array.from(rows.flatMap(({ feature }) => [...releasedOf(feature, rng)]));
    return [{ features, partitions: Int32Array.from(rows, ({ partition }) => partition) }];
  });
  return inferMembership(candidates, released).find(({ attack }) => attack === "released features")!;
}

Deno.test("a feature that is released as it is gives its volume away", () => {
  const found = releases((feature) => feature);
  assert(areaUnderCurve(found) > 0.95, String(areaUnderCurve(found)));
  assert(balancedAccuracy(found, found.threshold) > 0.85);
});

Deno.test("features that have nothing to do with any volume give none away", () => {
  const area = areaUnderCurve(releases((_, rng) => unitRows(1, rng)));
  assert(Math.abs(area - 0.5) < 0.25, String(area)); // 20 against 20: the deviation is .09
});

Deno.test("where no features were released, the views remain", () => {
  const rng = new Rng(3);
  const candidates = Array.from({ length: 8 }, (_, i) => candidate(i % 2, i < 4, rng));
  const attacks = inferMembership(candidates, [undefined, undefined]).map(({ attack }) => attack);
  assertEquals(attacks, ["views, threshold", "views, classifier"]);
});

Deno.test("the classifier tells apart what a line separates", () => {
  const rng = new Rng(6);
  const draw = (isMember: boolean) => {
    const shared = rng.normal();
    return [shared + (isMember ? 1 : 0), shared, rng.normal()];
  };
  const isMember = Array.from({ length: 60 }, (_, i) => i % 3 === 0);
  const score = classifier(isMember.map(draw), isMember);
  const scores = (member: boolean) => Array.from({ length: 50 }, () => score(draw(member)));
  assert(areaUnderCurve({ members: scores(true), nonMembers: scores(false) }) > 0.99);
});

Deno.test("an encoder that was trained on two volumes only knows their views again", async () => {
  await startEngine({ engine: "wasm", threads: 1 });
  const config = attackConfig({ learningRate: 1e-2, decaySteps: 100 });
  const members = [fieldCase(1), fieldCase(2)];
  const nonMembers = Array.from({ length: 8 }, (_, i) => fieldCase(10 + i));
  const site = await siteOf(members, config);
  const encoder = new MemberEncoder({ config, network: SMALL_NETWORK });
  const scoresOf = async () => {
    encoder.setWeights(await site.weights());
    const scoreOf = async (prepared: typeof members[number]) => {
      const [rows] = await embedViews(prepared, { encoder, config, count: 8, rng: new Rng(3) });
      return viewSimilarities(rows).reduce((sum, value) => sum + value, 0) / (8 * 7 / 2);
    };
    const all = async (cases: typeof members) => {
      const scores: number[] = [];
      for (const prepared of cases) scores.push(await scoreOf(prepared));
      return scores;
    };
    return { members: await all(members), nonMembers: await all(nonMembers) };
  };
  const before = areaUnderCurve(await scoresOf());
  await runRound(site, { round: 1, steps: 100 });
  const after = areaUnderCurve(await scoresOf());
  assert(before < 1 && after === 1, `${before} before training, ${after} after`);
  encoder.dispose();
  await site.dispose();
});
