import { assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../src/core/errors.ts";
import { MODEL_FORMAT, MODEL_VERSION } from "../../src/models/description.ts";
import { applyModel } from "../../src/prediction/predictor.ts";
import { facts } from "../models/_model.ts";

const weights = { file: "weights.safetensors", sha256: "0".repeat(64), values: 3 };
const described = (changes: Parameters<typeof facts>[0] = {}) =>
  ({ format: MODEL_FORMAT, version: MODEL_VERSION, weights, ...facts(changes) }) as const;

Deno.test("a model is applied as its site tested it, unless something else is asked for that it allows", () => {
  const description = described();
  const choice = (options: Parameters<typeof applyModel>[1]) => applyModel(description, options).choice;
  assertEquals(choice({}), { mirror: [], singleParts: [1] });
  assertEquals(choice({ mirror: true }), { mirror: ["x"], singleParts: [1] });
  assertEquals(choice({ parts: "all" }), { mirror: [], singleParts: [] });
  const { plan, scheme } = applyModel(description);
  assertEquals([plan, [...scheme.labels]], [{ spacing: [8, 8, 8] }, [[1, "kidney"], [4, "tumour"]]]);
});

Deno.test("mirroring, and keeping the largest parts, are refused to a model that was not trained for it", () => {
  const description = described({
    prediction: { mirror: { trained: [], tested: [] }, singleParts: { values: [], kept: false } },
  });
  assertThrows(() => applyModel(description, { mirror: true }), UserError, "trained with mirrored patches");
  assertThrows(() => applyModel(description, { parts: "largest" }), UserError, "no structure is known to lie in one");
  assertEquals(applyModel(description, {}).choice, { mirror: [], singleParts: [] });
});
