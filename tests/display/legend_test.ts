import { assertEquals } from "@std/assert";
import { parse } from "node-html-parser";
import { legend } from "../../src/display/legend.ts";
import { colours } from "../../src/display/palette.ts";

Deno.test("a legend has each name beside its colour, escaped, and a note", () => {
  const entries = [{ name: "<a>", colour: colours.scratch }, { name: "b", colour: "#ffd447" }];
  const root = parse(legend(entries, { square: true, note: "mean" }).text);
  assertEquals(root.querySelectorAll("span").map(({ text }) => text), ["<a>", "b", "mean"]);
  assertEquals(root.querySelectorAll("i").map((dot) => [dot.classNames, dot.getAttribute("style")]), [
    ["dot square", "--c:var(--scratch,#b0763a)"],
    ["dot square", "--c:#ffd447"],
  ]);
  assertEquals(parse(legend(entries).text).querySelectorAll("i.square, span:nth-child(3)").length, 0);
});
