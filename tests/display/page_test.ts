import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { parse } from "node-html-parser";
import { html, trusted } from "../../src/display/markup.ts";
import { renderPage } from "../../src/display/page.ts";
import { colours, css, paletteSheet, seriesColour } from "../../src/display/palette.ts";
import { STYLE } from "../../src/display/style.ts";

Deno.test("a page has its head, its facts and its body, and loads nothing from anywhere", () => {
  const page = renderPage({ title: "<b>", kind: "report", facts: ["seed 7"], style: ".x{}" }, html`<p>${"a & b"}</p>`);
  const root = parse(page);
  assertEquals([root.querySelector("h1")!.text, root.querySelector("h1 b")], ["<b>", null]);
  assertEquals(root.querySelectorAll(".facts span").map(({ text }) => text), ["seed 7"]);
  assertStringIncludes(page, "<p>a &amp; b</p>");
  assertStringIncludes(page, "default-src 'none'");
  assertStringIncludes(page, ".x{}");
  assert(!/https?:\/\/|@import|url\(|<script/.test(page));
  assertEquals(parse(renderPage({ title: "a", kind: "b" }, [])).querySelector(".facts"), null);
});

Deno.test("markup escapes what is not markup, joins arrays and leaves out what is not there", () => {
  assertEquals(
    html`<p>${"<i>"}${3}${null}${undefined}${false}${[html`<b>x</b>`, "&"]}${trusted("<hr>")}</p>`.text,
    [
      ...["<p>&lt;i&gt;3<b>x</b>&amp;<hr></p>"],
    ].join(""),
  );
});

Deno.test("the style sheet names no colour that the palette does not define, light and dark", () => {
  const defined = (sheet: string) => new Set([...sheet.matchAll(/--([\w]+):/g)].map(([, name]) => name));
  const [light, dark] = paletteSheet().split("@media");
  assertEquals(defined(light), defined(dark));
  const used = [...STYLE.matchAll(/var\(--(\w+)\)/g)].map(([, name]) => name).filter((name) => name !== "c");
  assertEquals(used.filter((name) => !defined(light).has(name)), []);
});

Deno.test("series colours are told apart, and come round again", () => {
  const all = Array.from({ length: 9 }, (_, i) => seriesColour(i));
  assertEquals(new Set(all.map(({ light }) => light)).size, 9);
  assertEquals(new Set(all.map(({ dark }) => dark)).size, 9);
  assertEquals(seriesColour(9), seriesColour(0));
  assertEquals(css(colours.card), "var(--card,#fff)");
});
