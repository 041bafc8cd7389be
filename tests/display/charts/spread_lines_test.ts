import { assert, assertEquals } from "@std/assert";
import { parse } from "node-html-parser";
import { spreadLines } from "../../../src/display/charts/spread_lines.ts";
import { seriesColour } from "../../../src/display/palette.ts";

const OPTIONS = { label: "Dice", title: "Dice", places: [1, 2, 8], xLabel: "labelled cases", xName: "N" };
const line = (name: string, ...means: (number | null)[]) => ({
  ...{ name, colour: seriesColour(0) },
  points: means.flatMap((mean, i) => mean === null ? [] : [{ x: OPTIONS.places[i], mean, sd: 0.25 }]),
});

Deno.test("places stand at equal distances, and lines beside each other", () => {
  const root = parse(spreadLines([line("a", 0.25, 0.5, 0.75), line("b", 0.25, 0.5, 0.75)], OPTIONS).text);
  const dots = root.querySelectorAll("g circle").map((dot) => Number(dot.getAttribute("cx")));
  assertEquals(dots[1] - dots[0], dots[2] - dots[1]);
  assertEquals([dots[3] - dots[0], dots[5] - dots[2]], [5, 5]);
  assertEquals(root.querySelectorAll("title")[2].text, "a, N = 8: 0.75 ± 0.25");
});

Deno.test("a place without a figure is left out, a line without any is in the key only", () => {
  const root = parse(spreadLines([line("a", 0.5, null, 0.75), line("<b>", null, null, null)], OPTIONS).text);
  assertEquals(root.querySelectorAll("title").length, 2);
  assertEquals(root.querySelectorAll("text").at(-1)!.text, "<b>");
  assert(!spreadLines([], { ...OPTIONS, places: [] }).text.includes("NaN"));
});
