import { assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../../src/core/errors.ts";
import { augmentationChoices, suitedAugmentation } from "../../../src/data/augmentation/sets/suited.ts";

Deno.test("few labelled cases are changed strongly and many mildly, and 2 are many where others have some, too", () => {
  const mild = (counts: number[], together: boolean) =>
    counts.map((labelled) => suitedAugmentation("auto", { labelled, together }).name === "default");
  assertEquals(mild([0, 1, 7, 8, 100], false), [false, false, false, true, true]);
  assertEquals(mild([0, 1, 2, 100], true), [false, false, true, true]);
  assertEquals(suitedAugmentation("auto", { labelled: 1, together: true }).name, "strong");
});

Deno.test("a set that is named is taken whatever there is, and it must be there", () => {
  const labels = { labelled: 1, together: false };
  assertEquals(suitedAugmentation("nnunet", labels).name, "nnunet");
  assertEquals(augmentationChoices.names, ["auto", "default", "nnunet", "strong"]);
  assertThrows(() => suitedAugmentation("fog", labels), UserError, "fog");
});
