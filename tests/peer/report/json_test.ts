import { assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../../src/core/errors.ts";
import { aggregate } from "../../../src/peer/report/aggregate.ts";
import { historyFromJson, reportToJson, siteFromJson, siteToJson } from "../../../src/peer/report/json.ts";
import { facts, INFO, measuredSites, sampleReport, site, twoSites } from "./_sample.ts";

Deno.test("a site's report survives JSON, pictures included", () => {
  for (const report of twoSites()) assertEquals(siteFromJson(siteToJson(report), "site.json"), report);
});

Deno.test("distances, infinite ones among them, and the facts of the run survive JSON", () => {
  for (const one of measuredSites()) {
    const report = { ...one, ...facts(one.name) };
    report.rounds[0].released = 16;
    assertEquals(siteFromJson(siteToJson(report), "site.json"), report);
    assertEquals(siteToJson({ ...report, privacy: null }).includes('"privacy": null'), true);
  }
  const [north] = JSON.parse(reportToJson(aggregate(measuredSites(), INFO))).sites;
  assertEquals(north.dice[1].hd95, { shell: 2, core: "Infinity" });
});

Deno.test("what a site saw of the others survives JSON", () => {
  const seen = { peerId: "a", round: 3, mass: 8, exchanges: 2, lastSeen: "2026-01-02T03:04:05.000Z", present: true };
  const members = [{ ...seen, behind: 1 }, { ...seen, peerId: "b", mass: null, lastSeen: null, behind: null }];
  assertEquals(siteFromJson(siteToJson(site("north", { members })), "site.json").members, members);
});

Deno.test("a site's part in fine-tuning survives JSON", () => {
  const fineTuningPart = { part: "others", methods: ["scratch"], mass: 0.12, unlabelled: 12 } as const;
  const report = site("north", { fineTuningPart: { ...fineTuningPart, methods: ["scratch"] } });
  assertEquals(siteFromJson(siteToJson(report), "site.json"), report);
});

Deno.test("a loss that is not a number survives JSON as one", () => {
  const fineTuneRounds = [{
    method: "pretrained" as const,
    round: 1,
    seconds: 3,
    loss: null,
    partners: ["south"],
    consensus: 0.1,
  }];
  assertEquals(siteFromJson(siteToJson(site("north", { fineTuneRounds })), "site.json").fineTuneRounds, fineTuneRounds);
  const report = site("north", { fineTune: { pretrained: [NaN, 1], scratch: [] } });
  assertEquals(siteFromJson(siteToJson(report), "site.json").fineTune.pretrained, [NaN, 1]);
});

/** As reports and histories were written before: "fcl" for what was pre-trained. */
const inFormerWords = (json: string) => json.replaceAll('"pretrained"', '"fcl"');

Deno.test("a site's report in the words of before reads as one of today", () => {
  const fineTuneRounds = [{ method: "pretrained" as const, round: 1, seconds: 3, loss: 1, partners: [] }];
  for (const report of twoSites()) {
    const today = { ...report, fineTuneRounds };
    const former = inFormerWords(siteToJson(today));
    assertEquals(former.includes("pretrained"), false);
    assertEquals(siteFromJson(former, "site.json"), today);
  }
});

Deno.test("a history in the words of before reads as one of today", () => {
  const line = { round: 1, seconds: 3, loss: 1, partners: [] };
  const { bytes } = twoSites()[0];
  const today = {
    ...{ seconds: 1, bytes, rounds: [], members: [] },
    fineTuneRounds: [{ ...line, method: "pretrained" as const }, { ...line, method: "scratch" as const }],
  };
  assertEquals(historyFromJson(inFormerWords(JSON.stringify(today)), "history.json"), today);
});

Deno.test("dice.fcl is there for FCL and its presets only, with the figures of what was pre-trained", () => {
  const diceOf = (...objectives: (string | undefined)[]) => {
    const sites = objectives.map((objective, i) => ({ ...twoSites()[i], objective }));
    return JSON.parse(reportToJson({ ...sampleReport(), sites })).dice;
  };
  for (const titles of [["FCL", "FCL"], ["FCL, masked denominator"], [undefined]]) {
    const dice = diceOf(...titles);
    assertEquals(dice.fcl, dice.pretrained);
  }
  for (const titles of [["SimCLR", "SimCLR"], ["FCL", "SimCLR"], ["local contrastive learning"]]) {
    assertEquals(Object.keys(diceOf(...titles)), ["scratch", "pretrained", "difference"]);
  }
});

Deno.test("the mesh's report holds the figures that scripts read, and no pictures", () => {
  const json = JSON.parse(reportToJson(sampleReport()));
  assertEquals(json.peers, 2);
  assertEquals(typeof json.dice.scratch.mean, "number");
  assertEquals(Object.keys(json.dice.pretrained.perClass), ["shell", "core"]);
  assertEquals(json.bytes.weights, 3000);
  assertEquals(json.engine.north.name, "wasm");
  assertEquals(json.version.tfjs, "4.22.0");
  assertEquals("previews" in json.sites[0], false);
});

Deno.test("what is no site's report is refused by file and field", () => {
  const broken = (change: (value: Record<string, unknown>) => void) => {
    const value = JSON.parse(siteToJson(twoSites()[0]));
    change(value);
    return JSON.stringify(value);
  };
  assertThrows(() => siteFromJson("{", "site.json"), UserError, "must be JSON (site.json)");
  assertThrows(() => siteFromJson(broken((v) => delete v.seconds), "site.json"), UserError, "site.json: seconds");
  const pixels = broken((v) => (v.previews as { width: number }[])[0].width = 9);
  assertThrows(() => siteFromJson(pixels, "site.json"), UserError, "width * height");
  const high = broken((v) => (v.dice as { perClass: Record<string, number> }[])[0].perClass.shell = 7);
  assertThrows(() => siteFromJson(high, "site.json"), UserError, "dice.0.perClass.shell");
});
