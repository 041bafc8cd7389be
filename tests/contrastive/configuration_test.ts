import { assertEquals, assertThrows } from "@std/assert";
import { parsePretrainConfig } from "../../src/contrastive/configuration.ts";
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
    [{ patch: [32, 32, 32.5] }, 'must be an integer from 4 to 512 (pretrain, field "patch.2": 32.5)'],
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
