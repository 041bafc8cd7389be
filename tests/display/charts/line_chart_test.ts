import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { seriesColour } from "../../../src/display/palette.ts";
import { parse } from "node-html-parser";
import { type ChartOptions, lineChart, type Series } from "../../../src/display/charts/line_chart.ts";

type Points = Series["points"];

function draw(points: Points, rest: Partial<ChartOptions> = {}) {
  const options = {
    title: "Loss",
    xLabel: "round",
    series: [{ name: "north", colour: seriesColour(0), points }],
    ...rest,
  };
  const text = lineChart(options).text;
  assert(!/NaN|Infinity/.test(text), text);
  const root = parse(text);
  return {
    root,
    text,
    paths: root.querySelectorAll(".curves path").map((path) => path.getAttribute("d")!),
    dots: root.querySelectorAll(".curves circle").map((dot) =>
      [dot.getAttribute("cx"), dot.getAttribute("cy")].map(Number)
    ),
    ticks: root.querySelectorAll(".grid text:not(.axis)").map((tick) => tick.text),
  };
}

Deno.test("a chart without any value says so and draws no axes", () => {
  for (const points of [[], [[1, NaN]], [[1, null], [2, Infinity]]] as Points[]) {
    const { root } = draw(points);
    assertEquals(root.querySelector("svg"), null);
    assertStringIncludes(root.text, "No values recorded");
  }
});

Deno.test("one point is drawn in the middle, with its own tick", () => {
  const { dots, ticks } = draw([[3, 5]]);
  assertEquals(dots.length, 1);
  assertEquals(dots[0][0], (42 + 330) / 2);
  assert(ticks.includes("3"));
});

Deno.test("larger values lie higher and later ones further to the right, all within the frame", () => {
  const { dots } = draw([[1, 0], [2, 10], [3, 5]]);
  assert(dots[1][1] < dots[2][1] && dots[2][1] < dots[0][1]);
  assert(dots[0][0] < dots[1][0] && dots[1][0] < dots[2][0]);
  for (const [x, y] of dots) assert(x >= 0 && x <= 340 && y >= 0 && y <= 196);
});

Deno.test("a value that is not a number leaves a gap in the curve", () => {
  const { paths } = draw([[1, 1], [2, 2], [3, NaN], [4, 1], [5, 2]]);
  assertEquals(paths.length, 2);
});

Deno.test("equal values are drawn as a level line between ticks around them", () => {
  const { dots, ticks } = draw([[1, 2], [2, 2]]);
  assertEquals(dots[0][1], dots[1][1]);
  assert(ticks.length >= 4);
});

Deno.test("a log axis leaves out what is not positive and marks powers of ten", () => {
  const { dots, ticks } = draw([[1, 1], [2, 0.01], [3, 0], [4, -1]], { log: true });
  assertEquals(dots.length, 2);
  assert(ticks.includes("0.1"));
  assertEquals(draw([[1, 0.5]], { log: true }).dots.length, 1);
});

Deno.test("a log axis over many decades keeps few ticks", () => {
  const { root } = draw([[1, 1e-12], [2, 1e6]], { log: true });
  const rules = root.querySelectorAll(".grid path").length;
  assert(rules >= 2 && rules <= 7, `${rules} ticks`);
});

Deno.test("a level such as chance lies within the frame even where no point does", () => {
  const { root } = draw([[1, 0.8], [2, 0.9]], { level: { name: "chance", value: 0.25 } });
  assertEquals(root.querySelector(".level text")!.text, "chance");
});

Deno.test("whole rounds get whole ticks", () => {
  const { root } = draw([[1, 1], [2, 2]]);
  const ticks = root.querySelectorAll('.grid text[text-anchor="middle"]').map((tick) => tick.text);
  assertEquals(ticks, ["1", "2"]);
});

Deno.test("long curves are drawn without a dot for each step", () => {
  const { dots, paths } = draw(Array.from({ length: 300 }, (_, i) => [i, i] as const));
  assertEquals([dots.length, paths.length], [0, 1]);
});
