/** What is made of updates: planted members and targets are found, and nothing where there is only noise. */
import { assert, assertEquals } from "@std/assert";
import { areaUnderCurve } from "../../scripts/attack/_detection.ts";
import { alignments, dot, invertUpdates, meanVector, without } from "../../scripts/attack/_update_attacks.ts";
import { Rng } from "../../src/core/rng.ts";
import { startEngine } from "../../src/engine/engine.ts";

const [VALUES, PARTS, KNOWN] = [2_000, 5, 60];
const rng = new Rng(4);
const normals = (length: number) => Float32Array.from({ length }, () => rng.normal());
const common = normals(VALUES).map((value) => 10 * value);
const traces = Array.from({ length: PARTS }, () => normals(VALUES));

/** An update that shows `target`: what all have in common, a trace of each part, and noise. */
function updateOf(target: Float32Array, noise: number): Float32Array {
  return common.map((value, i) =>
    value + traces.reduce((sum, trace, part) => sum + target[part] * trace[i], 0) + noise * rng.normal()
  );
}

Deno.test("what all updates have in common tells nothing, and is taken off", () => {
  const rest = without(updateOf(normals(PARTS), 1), common);
  assert(Math.abs(dot(rest, common)) < 1e-2 && Math.abs(dot(rest, rest) - 1) < 1e-5);
  assertEquals(without(common, common).every((value) => Math.abs(value) < 1), true);
});

Deno.test("a volume's update points where the one that it was trained in points, and others' do not", () => {
  const targets = Array.from({ length: 6 }, () => normals(PARTS));
  const direction = (target: Float32Array, noise: number) => without(updateOf(target, noise), common);
  for (const [k, target] of targets.entries()) {
    const scores = alignments(direction(target, 1), targets.map((other) => direction(other, 1)));
    const others = scores.filter((_, other) => other !== k);
    assertEquals(areaUnderCurve({ members: [scores[k]], nonMembers: others }), 1, `${scores}`);
    assert(scores[k] > 0.5);
  }
});

Deno.test("what updates were made of is found where they show it, and is the known ones' mean where they do not", async () => {
  await startEngine({ engine: "cpu" });
  const targets = Array.from({ length: KNOWN }, () => normals(PARTS));
  const asked = Array.from({ length: 10 }, () => normals(PARTS));
  const explained = async (noise: number) => {
    const updates = targets.map((target) => updateOf(target, noise));
    const seen = asked.map((target) => without(updateOf(target, noise), common));
    const guesses = await invertUpdates(seen, { updates, targets, common: meanVector(updates) });
    const middle = meanVector(targets);
    const squared = (of: (k: number) => Float32Array) =>
      asked.reduce((sum, target, k) => sum + target.reduce((all, value, i) => all + (of(k)[i] - value) ** 2, 0), 0);
    return 1 - squared((k) => guesses[k]) / squared(() => middle);
  };
  const [clear, noisy] = [await explained(0.5), await explained(300)];
  assert(clear > 0.7, `${clear} of the error is taken away`);
  assert(noisy < 0.2, `${noisy} of the error is taken away by noise`);
});
