import { assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../../src/core/errors.ts";
import { augmentationChoices, suitedAugmentation } from "../../../src/data/augmentation/sets/suited.ts";

Deno.test("few labelled cases are changed strongly and many mildly, fewer being many where others have some, too", () => {
  const auto = (labelled: number, together: boolean) => suitedAugmentation("auto", { labelled, together }).name;
  assertEquals([0, 1, 15, 16, 100].map((count) => auto(count, false)), [
    "strong",
    "strong",
    "strong",
    "default",
    "default",
  ]);
  assertEquals([0, 1, 3, 4, 100].map((count) => auto(count, true)), [
    "strong",
    "strong",
    "strong",
    "default",
    "default",
  ]);
});

Deno.test("a set that is named is taken whatever there is, and it must be there", () => {
  const labels = { labelled: 1, together: false };
  assertEquals(suitedAugmentation("nnunet", labels).name, "nnunet");
  assertEquals(augmentationChoices.names, ["auto", "default", "nnunet", "strong"]);
  assertThrows(() => suitedAugmentation("fog", labels), UserError, "fog");
});
