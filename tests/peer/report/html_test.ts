import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { parse } from "node-html-parser";
import { aggregate } from "../../../src/peer/report/aggregate.ts";
import { renderReport } from "../../../src/peer/report/html.ts";
import type { SiteReport } from "../../../src/peer/report/schema.ts";
import { siteFromJson, siteToJson } from "../../../src/peer/report/json.ts";
import { infoOf } from "../../../src/peer/report/run_info.ts";
import { diceTable, summary } from "../../../src/peer/report/summary.ts";
import { verdict } from "../../../src/peer/report/verdict.ts";
import {
  facts,
  INFO,
  measuredSites,
  preview,
  sampleReport,
  site,
  sitesWithoutBaseline,
  twoSites,
  unlabelled,
} from "./_sample.ts";

/** The elements that are opened but not closed, or the other way about. */
function unbalanced(page: string): string[] {
  const voids = new Set(["meta", "img", "br", "!doctype"]);
  const open: string[] = [];
  const wrong: string[] = [];
  for (const [, close, name, attributes] of page.matchAll(/<(\/?)([!\w]+)((?:"[^"]*"|[^>"])*)>/g)) {
    if (voids.has(name.toLowerCase()) || attributes.endsWith("/")) continue;
    if (!close) open.push(name);
    else if (open.pop() !== name) wrong.push(name);
  }
  return [...wrong, ...open];
}

Deno.test("the page is well formed and has every section", () => {
  const page = renderReport(sampleReport());
  assertEquals(unbalanced(page), []);
  const titles = parse(page).querySelectorAll("h2").map((title) => title.text);
  assertEquals(titles, [
    "Dice by structure and site",
    "What the networks see",
    "Pre-training",
    "Fine-tuning",
    "The mesh",
    "What left each site",
    "How this was run",
  ]);
});

/** The cells of the table under a heading that begins so, row by row, the header first. */
function tableUnder(page: string, heading: string): string[][] {
  const titles = parse(page).querySelectorAll("h2, h3");
  let next = titles.find(({ text }) => text.startsWith(heading))!.nextElementSibling;
  while (next && next.querySelector("table") === null) next = next.nextElementSibling;
  return next!.querySelectorAll("tr").map((row) =>
    row.querySelectorAll("th, td").map(({ text }) => text.replace(/\s+/g, " ").trim())
  );
}

Deno.test("HD95 stands beside Dice by structure, by site and by case, and infinite ones are told, not averaged", () => {
  const [north] = measuredSites();
  const all = renderReport(aggregate(measuredSites(), INFO));
  const [header, shell, core, mean] = tableUnder(all, "Dice and HD95");
  assertEquals(header.slice(-2), ["HD95 from scratch", "HD95 FCL"]);
  // north (4 + 2) / 2 and south 7; of core north has 8 only, as b has none
  assertEquals([shell.at(-2), core.at(-2)], ["5.0 ± 2.8", "8.5 ± 0.7"]);
  assertEquals([shell[1], mean[1]], ["0.500 ± 0.283", "0.325 ± 0.177"]);
  assertEquals(tableUnder(all, "By site").map((row) => row.at(-1)), ["Mean HD95", "5.5 → 3.0", "8.0 → 5.0"]);
  const words = "core in 1 case from scratch, core in 1 case FCL";
  assertStringIncludes(parse(all).querySelector(".note")!.text.replace(/\s+/g, " "), words);
  const own = renderReport(aggregate([north], infoOf([north])));
  assertEquals(tableUnder(own, "By case")[2], ["b", "0.800 → 1.000", "2.0 → 0.0", "–", "∞ → ∞"]);
  assertEquals(unbalanced(own), []);
});

Deno.test("one site's page names its cases, what left it and whom it met, and misses nobody's report", () => {
  const members = [{
    ...{ peerId: "12D3KooWsouth", name: "south-clinic", round: 2, mass: 8, exchanges: 3, present: false, behind: 0 },
    lastSeen: "2026-01-02T03:04:05.000Z",
    state: "lost" as const,
  }];
  const rounds = site("north").rounds.map((round) => ({ ...round, partners: ["12D3KooWsouth"], released: 16 }));
  const one = { ...twoSites()[0], ...facts("north"), rounds, members };
  const page = renderReport(
    aggregate([one], infoOf([one], { results: "/srv/heart results", kept: { model: "/srv/model" } })),
  );
  const root = parse(page);
  assertEquals(unbalanced(page), []);
  assertEquals(root.querySelector("h1")!.text, "north");
  assertEquals(root.querySelectorAll(".warn").length, 0);
  assertEquals(root.querySelectorAll(".uses dd").map(({ text }) => text), [
    "north-1, north-2, north-3",
    "north-1",
    "north-4",
    "a, b",
  ]);
  assertStringIncludes(page, "deno task view &#39;/srv/heart results&#39;");
  assertEquals(tableUnder(page, "With whom")[0], ["Site", "south-clinic"]);
  assertEquals(tableUnder(page, "Features that were")[1], [
    ...["north", "2", "32", "ε 1, δ 0.00001 each", "ε 2.5 of 8", "2"],
  ]);
  assertEquals(tableUnder(page, "Noise on weights")[1], ["north", "0.5", "ε 3, δ 0.00001 each", "ε 7.5 of 9", "4"]);
  for (const part of ["deno task node --config north.json", "model kept in", "/srv/model"]) {
    assertStringIncludes(root.structuredText, part);
  }
});

Deno.test("one site without a label says so, and a page of reports of before still has all that they tell", () => {
  const bare = { ...unlabelled("north"), ...facts("north") };
  const page = renderReport(aggregate([bare], infoOf([bare])));
  assertStringIncludes(page, "None was labelled.");
  assertStringIncludes(page, "this run is pre-training, and there is no Dice");
  const before = twoSites();
  const old = renderReport(aggregate(before, infoOf(before, { title: "Two" })));
  assertEquals(unbalanced(old), []);
  assertEquals(tableUnder(old, "Dice by structure").map(([name]) => name), ["Structure", "shell", "core", "Mean"]);
  assert(!/NaN|undefined|Infinity|seed \d/.test(parse(old).querySelector("main")!.text));
});

Deno.test("the page loads nothing from anywhere and runs nothing", () => {
  const page = renderReport(sampleReport());
  const root = parse(page);
  for (const element of root.querySelectorAll("*")) {
    for (const [name, value] of Object.entries(element.attributes)) {
      if (["src", "href", "srcset", "action", "data"].includes(name)) assert(value.startsWith("data:"), value);
      assert(!name.startsWith("on"), name);
    }
  }
  assertEquals(root.querySelectorAll("script, link, iframe, object, embed, use").length, 0);
  assert(!/https?:\/\/|@import|url\(/.test(page));
  assertStringIncludes(page, "default-src 'none'");
});

Deno.test("headline, tables and facts hold the report's figures", () => {
  const root = parse(renderReport(sampleReport()));
  assertEquals(root.querySelectorAll(".card b").map(({ text }) => text), ["0.600", "0.325", "+0.275"]);
  const text = root.structuredText;
  for (const part of ["0.750 ± 0.212", "deno task demo --seed 7", "seed 7", "Deno 2.9.6", "4 min 28 s", "phantom"]) {
    assertStringIncludes(text, part);
  }
});

Deno.test("each picture says what it is and how well the case was segmented", () => {
  const root = parse(renderReport(sampleReport()));
  // no picture from scratch in the sample; FCL: the mean of .8 and .5
  const captions = root.querySelectorAll(".tiles figcaption").map(({ text }) => text.replace(/\s+/g, " ").trim());
  assertEquals(captions, ["image", "truth", "FCL 0.650"]);
});

Deno.test("what was pre-trained is called by its objective, on the page and in the table", () => {
  const sites = twoSites().map((one) => siteFromJson(siteToJson({ ...one, objective: "SimCLR" }), "site.json"));
  const report = aggregate(sites, INFO);
  for (const text of [parse(renderReport(report)).structuredText, diceTable(report), verdict(report)]) {
    assertStringIncludes(text, "SimCLR");
    assert(!text.includes("FCL"), text);
  }
});

Deno.test("names, commands and settings cannot inject markup", () => {
  const nasty = `"><script>alert(1)</script><img src=x onerror='y'>`;
  const evil = site(nasty, { previews: [{ ...preview(), case: nasty }], peerId: nasty, dice: twoSites()[0].dice });
  evil.engine.detail = nasty;
  evil.rounds[0].partners = [nasty + 1];
  const info = {
    ...INFO,
    title: nasty,
    command: nasty,
    settings: { [nasty]: nasty },
    dataset: { name: nasty, labels: { 1: nasty }, phantom: false },
  };
  const page = renderReport(aggregate([evil], info));
  assertEquals(unbalanced(page), []);
  const root = parse(page);
  assertEquals(root.querySelectorAll("script").length, 0);
  assertEquals(root.querySelectorAll("[onerror]").length, 0);
  assertEquals(root.querySelector("h1")!.text, nasty);
});

Deno.test("an empty run and a run with one site still make a page", () => {
  for (const sites of [[], [site("only", { rounds: [], fineTune: { pretrained: [], scratch: [] } })]]) {
    const page = renderReport(aggregate(sites, INFO));
    assertEquals(unbalanced(page), []);
    assert(!/NaN|Infinity|undefined|null/.test(parse(page).querySelector("body")!.innerHTML));
  }
});

Deno.test("sites that fine-tuned together have a chart of how far their networks were apart", () => {
  const line = { seconds: 3, loss: 1, partners: ["south"] };
  const fineTuneRounds = [1, 2].flatMap((round) =>
    (["pretrained", "scratch"] as const).map((method) => ({ ...line, method, round, consensus: 0.1 / round }))
  );
  const charts = (rest: Partial<SiteReport>) => {
    const page = renderReport(aggregate([site("north", rest), site("south", rest)], INFO));
    assertEquals(unbalanced(page), []);
    return page.split("Distance between weights").length - 1;
  };
  assertEquals(charts({ fineTuneRounds: [] }), charts({}));
  assert(charts({ fineTuneRounds }) > charts({}));
});

Deno.test("a collapsed representation is called by name at the top", () => {
  const [north, south] = twoSites();
  north.rounds[1].health = { ...north.rounds[1].health!, collapsed: true };
  const root = parse(renderReport(aggregate([north, south], INFO)));
  assertStringIncludes(root.querySelector(".warn")!.text, "collapsed at north:");
  assertEquals(parse(renderReport(sampleReport())).querySelector(".warn"), null);
});

Deno.test("a site that did not come to its end is named on the page and in the summary, not left out in silence", () => {
  const report = sampleReport({ missing: [{ name: "west", reason: "exit code 1: <no labelled case>" }] });
  const words = "Not in these figures: west, exit code 1: <no labelled case>";
  assertEquals(parse(renderReport(report)).querySelector(".warn")!.text, words);
  assertStringIncludes(summary(report), words);
});

Deno.test("the page says whether the volumes are real or made up", () => {
  assertStringIncludes(renderReport(sampleReport()), "made up by the phantom generator");
  const real = sampleReport({ dataset: { ...INFO.dataset, phantom: false } });
  assertStringIncludes(renderReport(real), "no\nclinical result".replace("\n", " "));
});

Deno.test("an engine that was lost on the way is named beside the one that took over", () => {
  const engine = { ...site("north").engine, lost: [{ name: "webgpu", reason: "gone" }] };
  const page = renderReport(aggregate([site("north", { engine }), site("south")], INFO));
  assertEquals(page.split("wasm (SIMD), after webgpu was lost").length, 2);
});

Deno.test("sites without labels: words in the place of figures, and no section of what was not done", () => {
  for (const labels of [{}, { 1: "shell" }] as Record<number, string>[]) {
    const sites = [unlabelled("north"), unlabelled("south")].map((one) => siteFromJson(siteToJson(one), one.name));
    const page = renderReport(aggregate(sites, { ...INFO, dataset: { ...INFO.dataset, labels } }));
    assertEquals(unbalanced(page), []);
    const root = parse(page);
    const titles = root.querySelectorAll("h2").map((title) => title.text);
    assertEquals(titles, ["Cases by site", "Pre-training", "The mesh", "What left each site", "How this was run"]);
    assertEquals(root.querySelectorAll(".card").length, 0);
    assertStringIncludes(root.querySelector(".verdict")!.text, "No site has labelled cases");
    assert(!/NaN|undefined|Infinity|Without Dice/.test(page));
  }
});

Deno.test("a site without labels among others is named, counts in no figure, and has no curve of fine-tuning", () => {
  const report = aggregate([...twoSites(), unlabelled("west")], INFO);
  const page = renderReport(report);
  assertEquals(report.dice, sampleReport().dice);
  assertStringIncludes(
    parse(page).querySelector(".verdict")!.text,
    "Without Dice, for want of labelled or test cases: west.",
  );
  assert(!/NaN|undefined|Infinity/.test(page));
});

Deno.test("a page of networks that were all pre-trained compares them with nothing", () => {
  const page = renderReport(aggregate(sitesWithoutBaseline(), INFO));
  assertStringIncludes(page, "Nothing was trained from scratch beside it");
  assertEquals(page.match(/from scratch/g)?.length, 1);
  assert(!/→|>Difference<|both methods|undefined|NaN/.test(page));
});

Deno.test("of a site that averaged with nobody in some rounds the page tells in how many and why, and keeps it in JSON", () => {
  const west = `12D3KooW${"a".repeat(44)}`;
  const { rounds: [round], members: _, ...rest } = site("north");
  const member = {
    peerId: west,
    name: "west",
    round: 1,
    mass: 1,
    exchanges: 0,
    lastSeen: null,
    present: false,
    behind: 0,
  };
  const lonely = (alone: string | undefined, number: number) => ({ ...round, round: number, partners: [], alone });
  const why = `${west} is not connected`;
  const rounds = [round, lonely(why, 2), lonely(why, 3), lonely("others", 4)];
  const kept = siteFromJson(siteToJson({ ...rest, rounds, members: [member] }), "north");
  assertEquals(kept.rounds.map(({ alone }) => alone), [undefined, why, why, "others"]);
  const page = renderReport(aggregate([kept], INFO));
  assertStringIncludes(
    page,
    "north averaged with nobody in 3 of 4 rounds: west is not connected (in 2); others (in 1).",
  );
  assert(!renderReport(sampleReport()).includes("averaged with nobody"));
});
