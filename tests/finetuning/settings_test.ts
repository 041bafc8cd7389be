import { assertEquals } from "@std/assert";
import { recipeOf, tuningSettings } from "../../src/finetuning/settings.ts";
import { differences } from "../../src/peer/state/settings.ts";

const of = (id: string) => ({ id, subject: id, image: `${id}.nii`, label: `${id}-label.nii` });

/** What the checkpoints of a small fine-tuning are made with; `changes` replace whole parts of it. */
function settings(changes: Partial<Parameters<typeof tuningSettings>[0]> = {}) {
  return tuningSettings({
    from: "0".repeat(64),
    dataset: { name: "balls", labels: new Map([[1, "kidney"]]) },
    split: { labelled: [of("a")], unlabelled: [of("b")], test: [of("c")] },
    options: { labelled: 1, test: 0.25, seed: 1 },
    recipe: recipeOf(),
    engine: "wasm",
    ...changes,
  });
}

Deno.test("whatever decides what a training comes to is named when it differs, the cases by their digest", async () => {
  const before = await settings();
  const named = async (...changes: Parameters<typeof settings>) =>
    differences(before, await settings(...changes)).map(({ name }) => name);
  assertEquals(await named(), []);
  assertEquals(await named({ from: "1".repeat(64) }), ["--from"]);
  assertEquals(await named({ options: { labelled: "all", test: 3, seed: 2 } }), ["--labelled", "--test", "--seed"]);
  assertEquals(await named({ recipe: recipeOf(7) }), ["--steps"]);
  assertEquals(await named({ recipe: { ...recipeOf(), batch: 3 } }), ["fineTune.batch"]);
  // what suits one labelled case, by whichever name
  assertEquals(await named({ recipe: { ...recipeOf(), augmentation: "strong" } }), []);
  assertEquals(await named({ recipe: { ...recipeOf(), augmentation: "default" } }), ["fineTune.augmentation"]);
  assertEquals(await named({ engine: "cpu" }), ["--engine"]);
  assertEquals(await named({ dataset: { name: "balls", labels: new Map([[1, "liver"]]) } }), ["label 1"]);
  // a case that came to the data, and one that was tested on and would now be learnt from
  assertEquals(await named({ split: { labelled: [of("a")], unlabelled: [of("b"), of("d")], test: [of("c")] } }), [
    "cases",
  ]);
  assertEquals(await named({ split: { labelled: [of("c")], unlabelled: [of("b")], test: [of("a")] } }), ["cases"]);
});
