import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { parse } from "node-html-parser";
import client from "../../../src/live/page/live.js" with { type: "text" };
import { livePage, liveStyle } from "../../../src/live/page/page.ts";
import { changedParts, PARTS, partsOf } from "../../../src/live/page/parts.ts";
import { LiveState } from "../../../src/live/state/live_state.ts";
import type { PeerEventBody } from "../../../src/peer/events.ts";
import { feed, PEERS, type SampleOptions, sampleStanding } from "../_sample.ts";

const use = { memory: 400 * 2 ** 20, cores: 3.456 };
const NASTY = `"><script>alert(1)</script>`;

function shown(options: SampleOptions, ...more: PeerEventBody[]) {
  const state = new LiveState({ site: "north", since: Date.UTC(2026, 4, 4, 9, 15) });
  feed(state, options);
  const time = Date.UTC(2026, 4, 4, 9, 20);
  more.forEach((body) => state.note({ ...body, peer: "north", time }));
  return state.snapshot({ time, use, standing: sampleStanding({ time }) });
}

const cellsOf = (text: string) =>
  parse(text).querySelectorAll("tbody tr").map((row) => row.querySelectorAll("th,td").map((cell) => cell.text.trim()));

Deno.test("before the peer is in the mesh, the page says so in each of its parts", () => {
  const state = new LiveState({ site: "north", since: 0 });
  const parts = partsOf(state.snapshot({ time: 1, use }));
  assertStringIncludes(parse(parts.now).text, "reading the data");
  for (const id of ["members", "bytes", "privacy", "audit"]) assertStringIncludes(parts[id], "not in the mesh yet", id);
  assertEquals([parts.notices.trim(), parts.log.trim()], ["", ""]);
});

Deno.test("members are told by name, how they are connected, who is late, and when they averaged last", () => {
  const { members, notices, exchanges } = partsOf(shown({}));
  assertEquals(cellsOf(members).map((cells) => cells.slice(0, 4)), [
    ["north (this site)", "–", "9", "–"],
    ["south", "direct", "9", "level"],
    ["east", "by a relay", "5", "late, 4 rounds behind"],
    ["harbour hospital", "out of reach", "7", "–"],
  ]);
  assertStringIncludes(parse(members).text, "did not answer at /dns4/peer.harbour.example/tcp/4001");
  assertStringIncludes(parse(notices).text, "may have split: harbour hospital.");
  assertStringIncludes(parse(notices).text, "Late: east (4 rounds behind)");
  assertEquals(cellsOf(exchanges)[0].filter((_, i) => i !== 1), ["east", "8", "this site", "1.2 MB", "2 s"]);
  assertEquals(parse(exchanges).querySelector("th span")!.getAttribute("title"), PEERS.east);
});

Deno.test("figures, curves, Dice, bytes, budget and audit log stand on the page, and no case's name", () => {
  const parts = partsOf(shown({ rounds: 14, fineTuned: true }));
  const cards = parse(parts.figures).querySelectorAll(".card b").map(({ text }) => text);
  assertEquals(cards, ["14 of 14", "2 of 3", "4.1", "400 MiB", "3.46", "50.9 MB"]);
  const charts = parse(parts.curves).querySelectorAll("figcaption b").map(({ text }) => text);
  assertEquals(charts, [
    ...["Pre-training loss", "Fine-tuning loss", "Distance between weights", "Neighbour accuracy", "Effective rank"],
    "Mean cosine",
  ]);
  assertEquals(parse(parts.dice).querySelectorAll("circle[r='2.8']").length, 2 * 17);
  assert(!Object.values(parts).some((text) => text.includes("patient")));
  assertEquals(cellsOf(parts.bytes)[1], ["embeddings", "2.3 MB", "6.9 MB"]);
  const budgets = parse(parts.privacy).text;
  assertStringIncludes(budgets, "ε 2.41 of 8 spent at δ 0.00001, by 9 releases.");
  assertStringIncludes(budgets, "ε 20 of 20 spent at δ 0.000001, by 5 updates.");
  assertStringIncludes(budgets, "The budget is spent: this site adds nothing to the weights any more.");
  assertStringIncludes(parts.audit, sampleStanding().audit.head.digest);
  assertEquals(cellsOf(parts.audit).map(([what]) => what), ["break", "embeddings", "weights"]);
});

Deno.test("whatever others write is text on the page, which needs no script of its own and nothing from elsewhere", () => {
  const snapshot = shown({}, { type: "warning", message: NASTY }, { type: "names", names: { [PEERS.south]: NASTY } });
  const page = livePage(NASTY, partsOf(snapshot));
  const root = parse(page);
  assertEquals(root.querySelectorAll("script").map((script) => script.getAttribute("src")), ["live.js"]);
  assertEquals(root.querySelectorAll("style, [onclick]").length, 0);
  assertEquals(root.querySelector("h1")!.text, NASTY);
  for (const text of [page, client, liveStyle()]) {
    assert(!/\b(?:src|href)="https?:|@import|url\(|\bimport\(/.test(text));
  }
});

Deno.test("every part has its place, and the labels that are spoken of are there", () => {
  const root = parse(livePage("north", partsOf(shown({}))));
  for (const id of Object.keys(PARTS)) assert(root.querySelector(`#${id}`), id);
  for (const element of root.querySelectorAll("[aria-labelledby]")) {
    assert(root.querySelector(`#${element.getAttribute("aria-labelledby")}`));
  }
  for (const bar of root.querySelectorAll("progress, meter, svg")) {
    assert(bar.getAttribute("aria-label"), bar.outerHTML);
  }
});

Deno.test("only the parts that have changed are told again", () => {
  const changed = changedParts();
  assertEquals(JSON.parse(changed({ a: "1", b: "1" })), { a: "1", b: "1" });
  assertEquals(JSON.parse(changed({ a: "1", b: "2" })), { b: "2" });
  assertEquals(changed({ a: "1", b: "2" }), "{}");
});
