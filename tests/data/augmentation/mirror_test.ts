import { assertEquals } from "@std/assert";
import { flipProbabilities, mirrorAxes } from "../../../src/data/augmentation/mirror.ts";

const axesFor = (...names: string[]) => mirrorAxes("auto", new Map(names.map((name, i) => [i + 1, name]))).axes;

Deno.test("axes that are named are taken in a volume's order, whatever labels are called, without a word", () => {
  assertEquals(mirrorAxes(["x", "z"], new Map([[1, "left lung"]])), { axes: ["z", "x"] });
  assertEquals(mirrorAxes([], new Map([[1, "liver"]])), { axes: [] });
});

Deno.test("labels forbid the axes along which their names tell sides", () => {
  assertEquals(axesFor("RV", "MYO", "LV"), ["z", "y", "x"]);
  assertEquals(axesFor("Anterior", "Posterior"), ["z", "x"]);
  assertEquals(axesFor("liver", "kidney_left"), ["z", "y"]);
  assertEquals(axesFor("LeftKidney"), ["z", "y"]);
  assertEquals(axesFor("Hippocampus-L"), ["z", "y"]);
  assertEquals(axesFor("lower lobe", "right"), ["y"]);
  assertEquals(axesFor("bright spot", "cleft"), ["z", "y", "x"]);
  assertEquals(axesFor(), []);
});

Deno.test("the reason names the label", () => {
  const reasonFor = (name: string) => mirrorAxes("auto", new Map([[1, name]])).reason;
  assertEquals(reasonFor("left lung"), 'mirroring: along z, y; not along x, because of the label "left lung"');
  assertEquals(reasonFor("lung"), "mirroring: along z, y, x, as no label's name tells sides");
  assertEquals(mirrorAxes("auto", new Map()).reason, "mirroring: along no axis, as no label has a name");
});

Deno.test("a patch is mirrored as likely as not along the axes that may be", () => {
  assertEquals(flipProbabilities(["z", "x"]), [0.5, 0, 0.5]);
});
