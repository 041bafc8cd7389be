import { assert, assertEquals } from "@std/assert";
import { parse } from "node-html-parser";
import { stripChart, type StripRow } from "../../../src/display/charts/strip_chart.ts";
import { colours, seriesColour } from "../../../src/display/palette.ts";

const lane = (name: string, mean: number | null, sd: number | null = null) => ({
  ...{ name, colour: seriesColour(0), spread: { mean, sd } },
  dots: mean === null ? [] : [{ name: "north", value: mean }],
});

function draw(rows: readonly StripRow[], options: Partial<Parameters<typeof stripChart>[1]> = {}) {
  const { text } = stripChart(rows, { label: "Dice", ...options });
  assert(!/NaN|null|undefined/.test(text), text);
  const root = parse(text);
  return {
    root,
    text,
    dots: root.querySelectorAll("circle").map((dot) => [dot.getAttribute("cx"), dot.getAttribute("cy")].map(Number)),
    titles: root.querySelectorAll("title").map((title) => title.text),
  };
}

Deno.test("a row has its lanes below each other, a larger figure further to the right", () => {
  const { dots, titles } = draw([{ name: "core", lanes: [lane("scratch", 0.25, 0.125), lane("fcl", 0.75)] }]);
  const [scratch, scratchMean, fcl, fclMean] = dots;
  assertEquals([scratch, fcl], [scratchMean, fclMean], "one figure is its own mean");
  assert(scratch[0] < fcl[0] && scratch[1] < fcl[1]);
  assertEquals(titles, ["north: 0.25", "core, scratch: 0.25 ± 0.125", "north: 0.75", "core, fcl: 0.75"]);
});

Deno.test("what lies beyond the axis is drawn at its end", () => {
  const { root } = draw([{ name: "core", lanes: [lane("core", 0.9, 0.5)] }], { low: 0.5 });
  assertEquals(root.querySelector("g[fill=currentColor] path")!.getAttribute("d"), "M190 19H602");
});

Deno.test("a lane without figures is empty, and no rows are no error", () => {
  assertEquals(draw([{ name: "core", lanes: [lane("core", null)] }]).dots, []);
  assertEquals(draw([]).dots, []);
});

Deno.test("with a title it stands alone; names are escaped and cut to their room", () => {
  const row = { name: "<script>".repeat(9), lanes: [lane("x", 0.5)] };
  const { text, root } = draw([row], { title: "Dice & more" });
  assert(text.includes("http://www.w3.org/2000/svg") && text.includes("Dice &amp; more"));
  assert(!text.includes("<script>"));
  assert(root.querySelector(".name")!.text.endsWith("…"));
  assert(!draw([row]).text.includes("http"));
});

Deno.test("colours have values for tools that know no variables", () => {
  const { text } = draw([{ name: "a", lanes: [lane("a", 0.5)] }]);
  assert(text.includes(`color="${seriesColour(0).light}" style="color:var(--s0,${seriesColour(0).light})"`));
  assert(text.includes(`stroke="${colours.line.light}"`));
});
