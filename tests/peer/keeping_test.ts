import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { UserError } from "../../src/core/errors.ts";
import { parseUNetConfig } from "../../src/model/config.ts";
import { readModel, readSegmentationModel } from "../../src/models/folder.ts";
import { keepEncoder, type KeepingFacts, keepModel, keptMethod } from "../../src/peer/_keeping.ts";
import { VECTORS } from "../models/_model.ts";
import { siteIn, withDirectory } from "./_site.ts";

const network = parseUNetConfig({ classes: 3, baseFilters: 2, levels: 2, norm: "instance", pool: [[2, 2, 2]] });
const kept = { network, vectors: [...VECTORS], tfjs: "4.22.0", singleParts: [1] };
const [NAMED, STRANGER] = ["12D3KooWnamed", "12D3KooWstranger"];

function factsIn(directory: string, changes: Record<string, unknown> = {}): KeepingFacts {
  const configuration = siteIn(directory, changes);
  return {
    trained: { rounds: configuration.schedule.rounds, steps: configuration.fineTune.steps },
    configuration,
    dataset: { name: "balls", labels: new Map([[1, "left kidney"], [4, "tumour"]]) },
    cases: { training: 6, labelled: 1, probe: 1, test: 2 },
    members: [{ peerId: NAMED, round: 3, exchanges: 5 }, { peerId: STRANGER, round: 0, exchanges: 0 }],
    names: new Map([[NAMED, "south"]]),
  };
}

Deno.test("of two networks the one from pre-training is kept, the one from scratch where there is no other", () => {
  assertEquals(keptMethod(["pretrained", "scratch"]), "pretrained");
  assertEquals(keptMethod(["scratch", "pretrained"]), "pretrained");
  assertEquals(keptMethod(["scratch"]), "scratch");
  assertEquals(keptMethod([]), undefined);
});

Deno.test("a kept network says how volumes are prepared, with whom it was trained, how it was tested and how well", () =>
  withDirectory(async (directory) => {
    const facts = factsIn(directory, {
      data: { directory: "data", spacing: [8, 8, 8], crop: [90, 90, 60] },
      fineTune: { steps: 3, mirror: "auto", keepLargest: false },
    });
    const folder = await keepModel(facts, kept, {
      method: "pretrained",
      dice: [
        { case: "a", method: "pretrained", perClass: { "left kidney": 0.5, tumour: null } },
        { case: "b", method: "pretrained", perClass: { "left kidney": 0.7, tumour: null } },
      ],
    });
    assertEquals(folder, join(directory, "results", "model"));
    const { description: { preparation, training, prediction, dice } } = await readSegmentationModel(folder);
    const { normalisation: _, ...prepared } = preparation;
    assertEquals(prepared, { orientation: "RAS", spacing: [8, 8, 8], crop: [90, 90, 60] });
    assertEquals(training.members, [
      { name: "south", peerId: NAMED, rounds: 3, exchanges: 5 },
      { peerId: STRANGER, rounds: 0, exchanges: 0 },
    ]);
    assertEquals([training.method, training.objective, training.rounds], ["pretrained", "fcl", 3]);
    assertEquals(training.fineTuning, { mode: "local", steps: 3 });
    assertEquals(prediction.mirror, { trained: ["z", "y"], tested: [] });
    assertEquals(prediction.singleParts, { values: [1], kept: false });
    const kidney = { mean: 0.6, cases: 2 }, tumour = { mean: null, cases: 0 };
    assertEquals(dice, { cases: 2, mean: 0.6, structures: { "left kidney": kidney, tumour } });
  }));

Deno.test("a network from scratch names no objective, one without test cases no Dice, and a full folder how to go on", () =>
  withDirectory(async (directory) => {
    const facts = factsIn(directory);
    const { description } = await readSegmentationModel(await keepModel(facts, kept, { method: "scratch", dice: [] }));
    assertEquals([description.training.method, description.training.objective], ["scratch", undefined]);
    assertEquals(description.dice, null);
    assertEquals((await readModel(await keepEncoder(facts, kept))).description.training.objective, "fcl");
    await Deno.writeTextFile(join(directory, "file"), "");
    const elsewhere = { ...facts, configuration: siteIn(directory, { outputDirectory: join(directory, "file") }) };
    await assertRejects(
      () => keepEncoder(elsewhere, kept),
      UserError,
      "started again, the peer goes on from its last checkpoint",
    );
  }));
