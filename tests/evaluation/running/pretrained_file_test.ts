import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { UserError } from "../../../src/core/errors.ts";
import type { NamedVector } from "../../../src/core/vectors.ts";
import {
  findPretrained,
  keepPretrained,
  pretrainingDirectory,
} from "../../../src/evaluation/running/pretrained_file.ts";
import { withFolder } from "../../data/_files.ts";

/** Weights of twelve sites, each of its own. */
const weights = Array.from({ length: 12 }, (_, site): NamedVector[] => [
  { name: "encoder/filter", shape: [2, 2], data: Float32Array.of(site, 1, 2, 3) },
  { name: "1/bias", shape: [1], data: Float32Array.of(-site) }, // looks as if it were another site's
]);
const health = weights.map((_, site) =>
  site === 3
    ? null
    : { meanCosine: 0.1 * site, effectiveRank: 7, neighbourAccuracy: 0.5, chance: 0.25, collapsed: false, rows: 9 }
);
const trained = { weights, health, consensus: 0.01, bytes: { weights: 1000, features: 20 }, seconds: 12.5 };
const facts = { sites: weights.map((_, site) => `site ${site}`), digest: "abc" };

Deno.test("what is kept is read back: each site's weights in order, and what they cost", () =>
  withFolder(async (out) => {
    const directory = pretrainingDirectory(out, "fcl/fold0/seed11");
    assertEquals(directory, join(out, "pretraining", "fcl", "fold0", "seed11"));
    assertEquals(await findPretrained(directory, "abc"), undefined);
    const kept = await keepPretrained(directory, trained, facts);
    assertEquals(kept.record, {
      ...facts,
      health,
      consensus: 0.01,
      bytes: { weights: 1000, features: 20 },
      seconds: 12.5,
    });
    assertEquals(await findPretrained(directory, "abc"), kept);
    assertEquals((await findPretrained(directory))!.weights, weights);
  }));

Deno.test("what was made with other settings or data is refused by its file", () =>
  withFolder(async (out) => {
    await keepPretrained(join(out, "p"), trained, facts);
    const { message } = await assertRejects(() => findPretrained(join(out, "p"), "abd"), UserError);
    assertEquals(message.includes(join(out, "p", "checkpoint-")), true, message);
  }));
