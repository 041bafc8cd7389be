import { assertEquals, assertThrows } from "@std/assert";
import { parsePretrainConfig } from "../../src/pretraining/configuration.ts";
import { commonSettings } from "../../src/pretraining/common_settings.ts";
import { objectives } from "../../src/pretraining/objectives/registry.ts";
import { ownSettings } from "../../src/pretraining/objectives/settings.ts";
import { UserError } from "../../src/core/errors.ts";

Deno.test("every field has a default, nested ones too, and the result is frozen", () => {
  const config = parsePretrainConfig({ augmentation: { geometry: { rotation: 5 } } });
  assertEquals(config.augmentation.geometry.rotation, 5);
  assertEquals(config.augmentation.geometry.flip, [0, 0, 0]);
  assertEquals(config.objective, "fcl");
  assertEquals(config.maskedDenominator, true);
  assertEquals(Object.isFrozen(config) && Object.isFrozen(config.projections[0].grid), true);
});

Deno.test("each mistake gives one sentence that names the field", () => {
  const mistakes: [unknown, string][] = [
    [3, "must be an object (pretrain: 3)"],
    [{ temprature: 1 }, 'this field is not known (pretrain, field "temprature")'],
    [{ temperature: "hot" }, 'must be a number from 0.01 to 10 (pretrain, field "temperature": hot)'],
    [{ momentum: 1.2 }, 'must be a number from 0 to 1 (pretrain, field "momentum": 1.2)'],
    [{ patch: [32, 32, 32.5] }, 'must be an integer from 1 to 512 (pretrain, field "patch.2": 32.5)'],
    [{ projections: [] }, 'must hold at least one projection (pretrain, field "projections": [])'],
    [
      { projections: [{ kind: "sparse" }] },
      'must be one of "dense", "global" (pretrain, field "projections.0.kind": sparse)',
    ],
    [
      { augmentation: { geometry: { scale: [1.2, 0.8] } } },
      'must be [lowest, highest] (pretrain, field "augmentation.geometry.scale"',
    ],
    [{ maskedDenominator: "yes" }, 'must be true or false (pretrain, field "maskedDenominator": yes)'],
  ];
  for (const [value, message] of mistakes) {
    assertThrows(() => parsePretrainConfig(value), UserError, `reading the settings of pre-training: ${message}`);
  }
});

Deno.test("what an objective does not read, or what would make it another one, is refused in one sentence", () => {
  const mistakes: [Record<string, unknown>, string][] = [
    [{ objective: "x" }, 'must be one of "fcl", "fcl-paper"'],
    [{ objective: 3 }, 'must be one of "fcl", "fcl-paper"'],
    [{ objective: "byol", queue: 64 }, 'the objective "byol" has no such setting (pretrain, field "queue": 64)'],
    [{ objective: "byol", temperature: 0.1 }, 'the objective "byol" has no such setting'],
    [{ objective: "moco", remoteQueue: 64 }, 'the objective "moco" has no such setting'],
    [{ objective: "simclr", momentum: 0.9 }, 'the objective "simclr" has no such setting'],
    [{ objective: "moco", negatives: 64 }, 'the objective "moco" has no such setting'],
    [{ objective: "rotation", dimension: 64 }, 'the objective "rotation" has no such setting'],
    [{ objective: "local", staleness: 2 }, 'the objective "local" has no such setting'],
    [{ maskRatio: 0.5 }, 'the objective "fcl" has no such setting (pretrain, field "maskRatio": 0.5)'],
    [
      { objective: "local", release: 64 },
      'with the objective "local" it is always 0 (pretrain, field "release": 64)',
    ],
    [
      { objective: "fcl-paper", maskedDenominator: true },
      'with the objective "fcl-paper" it is always false (pretrain, field "maskedDenominator": true)',
    ],
    [
      { objective: "reconstruction", decoderLevel: 1 },
      'with the objective "reconstruction" it is always 0 (pretrain, field "decoderLevel": 1)',
    ],
    [
      { objective: "moco", projections: [{ kind: "dense" }] },
      'the objective "moco" takes one projection, of kind "global" (pretrain, field "projections": dense)',
    ],
    [
      { objective: "rotation", projections: [{}, {}] },
      'the objective "rotation" takes one projection, of kind "dense" (pretrain, field "projections": dense, dense)',
    ],
    [
      { objective: "simclr", volumes: 1 },
      'the objective "simclr" needs at least 2 volumes a step (pretrain, field "volumes": 1)',
    ],
  ];
  for (const [value, message] of mistakes) {
    assertThrows(() => parsePretrainConfig(value), UserError, `reading the settings of pre-training: ${message}`);
  }
});

Deno.test("an objective's own defaults stand where nothing else is said, and what it is made of may be repeated", () => {
  const { projections, decoderLevel, views } = parsePretrainConfig({ objective: "simclr" });
  assertEquals([projections.map(({ kind }) => kind), decoderLevel, views], [["global"], null, "near"]);
  assertEquals(parsePretrainConfig({ objective: "simclr", views: "anywhere" }).views, "anywhere");
  const paper = parsePretrainConfig({ objective: "fcl-paper", maskedDenominator: false });
  assertEquals([paper.maskedDenominator, paper.batchNegatives, paper.sampling], [false, false, "uniform"]);
  assertEquals(parsePretrainConfig({ objective: "fcl-masked" }).maskedDenominator, true);
  assertEquals(parsePretrainConfig({ objective: "fcl-3d" }).projections[0].grid, [4, 4, 4]);
  assertEquals(parsePretrainConfig({ objective: "local" }).structuralMatching, "none");
});

Deno.test("the settings that every objective reads are common to all or known to the objectives", () => {
  const isKnown = (setting: string) => Object.hasOwn(commonSettings, setting);
  for (const { name, reads, fixed = {}, defaults = {} } of objectives) {
    const config = parsePretrainConfig({ objective: name });
    for (const setting of [...reads, ...Object.keys({ ...fixed, ...defaults })]) {
      assertEquals(isKnown(setting), true, setting);
    }
    assertEquals(parsePretrainConfig({ objective: name, ...fixed }), config);
  }
  for (const setting of ownSettings) assertEquals(isKnown(setting), true, setting);
});

Deno.test("settings that came later stand in no configuration of an objective that has none of them", () => {
  const later = ["contrastWeight", "pretextWeight", "sharedForward"];
  for (const { name, reads } of objectives) {
    const found = Object.keys(parsePretrainConfig({ objective: name })).filter((setting) => later.includes(setting));
    assertEquals(found.every((setting) => reads.some((own) => own === setting)), true, name);
  }
  const { pretextWeight, sharedForward } = parsePretrainConfig({ objective: "fcl-volume-fusion" });
  assertEquals([pretextWeight, sharedForward], [2, false]);
});
