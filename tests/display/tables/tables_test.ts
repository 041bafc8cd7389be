import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import stringWidth from "string-width";
import { parse } from "node-html-parser";
import { htmlSection, htmlTable } from "../../../src/display/tables/html.ts";
import { html } from "../../../src/display/markup.ts";
import { markdownSections, markdownTable } from "../../../src/display/tables/markdown.ts";
import { textTable } from "../../../src/display/tables/text.ts";
import { writeTable } from "../../../src/display/tables/write.ts";

const TABLE = { header: ["Dice", "FCL"], rows: [["左心室", "0.5"], ["naïve", "0.512 ± 0.010"], ["x", "–"]] };

Deno.test("every line of a table is equally wide, whatever the alphabet", () => {
  for (const text of [textTable(TABLE), markdownTable(TABLE)]) {
    assertEquals(new Set(text.split("\n").map((line: string) => stringWidth(line))).size, 1);
  }
});

Deno.test("as Markdown a table has a rule with alignments", () => {
  assertEquals(
    markdownTable({ header: ["", "ms"], rows: [["forward", "12"], ["update", "3"]] }),
    [
      "|         | ms |",
      "| ------- | -: |",
      "| forward | 12 |",
      "| update  |  3 |",
    ].join("\n"),
  );
});

Deno.test("as many columns as are said hold names and stand to the left", () => {
  const table = { header: ["topology", "rule", "error"], rows: [["ring", "mean", "1"]] };
  const ruleOf = (names?: number) => markdownTable({ ...table, ...(names !== undefined && { names }) }).split("\n")[1];
  assertEquals([ruleOf(), ruleOf(2), ruleOf(0)], [
    "| -------- | ---: | ----: |",
    "| -------- | ---- | ----: |",
    "| -------: | ---: | ----: |",
  ]);
});

Deno.test("in HTML a row is named by its first cell, a cell of markup stands as it is, and the last row may be a total", () => {
  const table = { header: ["site", "Dice"], rows: [["north", html`<td class="none">–</td>`], ["all", "<0.5>"]] };
  const root = parse(htmlTable(table, { total: true, kind: "heat" }).text);
  assertEquals(root.querySelectorAll("th[scope=row]").map(({ text }) => text), ["north", "all"]);
  assertEquals(root.querySelectorAll("td").map((cell) => [cell.classNames, cell.text]), [["none", "–"], ["", "<0.5>"]]);
  assertEquals(root.querySelectorAll("tr.total, table.heat").length, 2);
  assertEquals(parse(htmlTable(table).text).querySelectorAll("tr.total, table.heat").length, 0);
});

Deno.test("names cannot break a table or the terminal", () => {
  const table = { header: ["a", "b"], rows: [["x|y\u001b[31m\ny<b>", "1"]] };
  assertEquals(textTable(table).split("\n").length, 3);
  assert(!textTable(table).includes("\u001b"));
  assertStringIncludes(markdownTable(table), "x\\|y [31m y<b>");
  assertStringIncludes(htmlSection({ title: "<i>", note: "&", ...table }).text, "y&lt;b&gt;");
});

Deno.test("tables stand under headings", () => {
  const table = { header: ["a", "b"], rows: [], title: "One", note: "Why." };
  assertEquals(markdownSections([table, table]).split("\n").filter((line) => line.startsWith("## ")).length, 2);
  assert(markdownSections([table]).endsWith("|\n"));
});

Deno.test("a command writes text unless it is asked for Markdown", () => {
  assertEquals(writeTable(TABLE), textTable(TABLE));
  assertEquals(writeTable(TABLE, { markdown: true }), markdownTable(TABLE));
});
