import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { UserError } from "../../src/core/errors.ts";
import type { Dataset } from "../../src/data/datasets/dataset.ts";
import { startFrom } from "../../src/finetuning/start.ts";
import { MODEL_FORMAT, MODEL_VERSION, type ModelDescription } from "../../src/models/description.ts";
import { encoderFacts, facts, VECTORS } from "../models/_model.ts";

const weights = { file: "weights.safetensors", sha256: "0".repeat(64), values: 3 };
const about = { format: MODEL_FORMAT, version: MODEL_VERSION, weights } as const;
const model = { description: { ...about, ...facts() }, vectors: VECTORS };
const encoder = { description: { ...about, ...encoderFacts() } as ModelDescription, vectors: VECTORS };

/** A dataset with these labels; `changes` replace whole parts of it. */
function dataset(labels: Record<number, string>, changes: Partial<Dataset> = {}): Dataset {
  return {
    ...{ name: "balls", directory: "data", format: "folder" },
    labels: new Map(Object.entries(labels).map(([value, name]) => [Number(value), name])),
    cases: [{ id: "a", subject: "a", image: "a.nii", label: "a-label.nii" }],
    ...changes,
  };
}

const names = (vectors: readonly { name: string }[]) => vectors.map(({ name }) => name);

Deno.test("with the same structures in the same order the head is kept, whatever their values", () => {
  const { pretrained, origin, line, network } = startFrom(model, dataset({ 2: "tumour", 1: "kidney" }));
  assertEquals(names(pretrained), names(VECTORS));
  assertEquals([origin.head, origin.labelled, network.classes], ["kept", 1, 3]);
  assertMatch(line, /is kept: the labels are the same \(kidney, tumour\)/);
});

Deno.test("with others it is new, for as many classes as there are then, and a line says which", () => {
  const { pretrained, origin, line, network } = startFrom(model, dataset({ 1: "spleen" }));
  assertEquals(names(pretrained), ["encoder/level0/block0/filter"]);
  assertEquals([origin.head, network.classes], ["new", 2]);
  assertMatch(line, /is new: the labels differ \(were kidney, tumour; now spleen\)/);
  // as many, but others
  assertEquals(startFrom(model, dataset({ 1: "tumour", 2: "kidney" })).origin.head, "new");
});

Deno.test("of an encoder it is new, and no labelled case stands behind it", () => {
  const { origin, line, plan } = startFrom(encoder, dataset({ 1: "kidney", 4: "tumour" }));
  assertEquals([origin.kind, origin.head, origin.labelled], ["encoder", "new", 0]);
  assertMatch(line, /an encoder has none/);
  assertEquals(plan, { spacing: [8, 8, 8] });
});

Deno.test("data without names or files of labels, or with other channels, are refused; other names are told", () => {
  const refuse = (data: Dataset, rule: string) => assertThrows(() => startFrom(model, data), UserError, rule);
  refuse(dataset({}), "the data must name its labels (data: no labels)");
  const cases = [{ id: "a", subject: "a", image: "a.nii" }];
  refuse(dataset({ 1: "spleen" }, { cases }), "must have labelled cases (data: no label file for any of 1)");
  refuse(dataset({ 1: "spleen" }, { channels: ["T1", "T2"] }), "must have as many channels");
  const two = { ...model, description: { ...model.description, channels: ["T1", "T2"] } };
  assertEquals(startFrom(two, dataset({ 1: "spleen" }, { channels: ["T1", "T2"] })).warnings, []);
  assertMatch(startFrom(two, dataset({ 1: "spleen" }, { channels: ["T2", "T1"] })).warnings[0], /called T2, T1, those/);
});
