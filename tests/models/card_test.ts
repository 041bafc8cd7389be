import { assert, assertMatch, assertStringIncludes } from "@std/assert";
import { modelCard } from "../../src/models/card.ts";
import { MODEL_FORMAT, MODEL_VERSION, type ModelDescription } from "../../src/models/description.ts";
import { encoderFacts, facts } from "./_model.ts";

const weights = { file: "weights.safetensors", sha256: "0".repeat(64), values: 3 };
const about = { format: MODEL_FORMAT, version: MODEL_VERSION, weights } as const;
const cardOf = (changes: Parameters<typeof facts>[0] = {}) => modelCard({ ...about, ...facts(changes) });

Deno.test("a card says what the model segments, how it is applied, with whom it was trained, and how good it is", () => {
  const card = cardOf();
  assertStringIncludes(card, "segments 1 kidney, 4 tumour, in volumes of one channel");
  assertStringIncludes(card, "deno task predict --model");
  assertStringIncludes(card, "Weights were averaged with south (5 exchanges).");
  assertStringIncludes(card, "Mean over 2 test cases of the same site: 0.750.");
  assertMatch(card, /\| kidney +\| 0\.750 \| +2 \|/);
  assertStringIncludes(card, "It learnt the structures from 1 labelled case of this site.");
});

Deno.test("a card of an untested model, trained alone, from scratch, without labels of its own, hides none of it", () => {
  const card = cardOf({
    dice: null,
    training: { rounds: 0, stepsPerRound: 2, cases: { training: 6, labelled: 0, test: 0 }, members: [] },
    preparation: { ...facts().preparation, crop: [90, 90, 60] },
  });
  assertStringIncludes(card, "Not tested: the site kept no test case.");
  assertStringIncludes(card, "How good it is, is not known: it was not tested.");
  assertStringIncludes(card, "Begun from random weights.");
  assertStringIncludes(card, "No weights were averaged with another site.");
  assertStringIncludes(card, "The site has no labelled case");
  assertStringIncludes(card, "Only 90 x 90 x 60 mm (x, y, z) about each volume's middle are looked at.");
});

Deno.test("a card of an encoder promises no segmentation, and names from elsewhere cannot break it", () => {
  const card = modelCard({ ...about, ...encoderFacts(), dataset: "a\n# b" } as ModelDescription);
  assertStringIncludes(card, "It segments nothing before it is fine-tuned");
  assert(!card.includes("Dice") && !card.includes("\n# b"));
});

Deno.test("a card of what was fine-tuned from a kept one says from what, after how that one came to be", () => {
  const from = { kind: "segmentation", site: "south", dataset: "hearts", sha256: "1".repeat(64), labelled: 3 } as const;
  const cardFrom = (head: "kept" | "new", kind: "segmentation" | "encoder" = "segmentation") =>
    cardOf({ training: { ...facts().training, from: { ...from, head, kind } } });
  assertStringIncludes(
    cardFrom("new"),
    "Weights were averaged with south (5 exchanges). Begun from the model of south, data set hearts, which had been " +
      `fine-tuned with 3 labelled cases (SHA-256 ${
        "1".repeat(64)
      }); the layer that tells the structures apart is new. ` +
      "Fine-tuned with labels, 3 steps, by the site alone.",
  );
  assertStringIncludes(cardFrom("kept"), "the layer that tells the structures apart is taken over with it.");
  assertStringIncludes(cardFrom("new", "encoder"), "Begun from the encoder of south, data set hearts (SHA-256 1");
  const { objective: _, ...alone } = facts().training;
  const card = cardOf({ training: { ...alone, method: "scratch", from: { ...from, head: "new" } } });
  assert(!card.includes("random weights"));
});
