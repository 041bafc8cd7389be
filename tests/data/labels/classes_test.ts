import { assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../../src/core/errors.ts";
import { classesOf, classValues } from "../../../src/data/labels/classes.ts";
import { IGNORED, isIgnored } from "../../../src/data/labels/ignored.ts";

Deno.test("classes follow the order of the label values, and the ignored value is none of them", () => {
  const scheme = { labels: new Map([[9, "late"], [3, "early"]]), ignore: 5 };
  assertEquals(classValues(scheme), [0, 3, 9]);
  assertEquals(classesOf(Float32Array.of(0, 9, 5, 3, 5), scheme), Uint8Array.of(0, 2, IGNORED, 1, IGNORED));
});

Deno.test("beside an ignore label there is room for 255 classes, without one for 256", () => {
  const labels = (count: number) => new Map(Array.from({ length: count }, (_, i) => [i + 1, `label ${i + 1}`]));
  const values = Float32Array.of(0, 255);
  assertEquals(classesOf(values, { labels: labels(255) }), Uint8Array.of(0, 255));
  assertEquals(isIgnored(255, 256), false);
  assertEquals(classesOf(values, { labels: labels(254), ignore: 255 }), Uint8Array.of(0, IGNORED));
  assertEquals(isIgnored(IGNORED, 255), true);
  assertThrows(() => classesOf(values, { labels: labels(255), ignore: 256 }), UserError, "may be 255 classes");
});
