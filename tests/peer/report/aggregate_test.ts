import { assertAlmostEquals, assertEquals } from "@std/assert";
import { aggregate, siteScore } from "../../../src/peer/report/aggregate.ts";
import { exchanges } from "../../../src/peer/report/_html_mesh.ts";
import { verdict } from "../../../src/peer/report/verdict.ts";
import { dice, INFO, sampleReport, site, twoSites } from "./_sample.ts";

Deno.test("a site's Dice is the mean over its cases for each class, empty classes left out, then over classes", () => {
  const [north] = twoSites();
  const { mean, perClass } = siteScore(north, "scratch", ["shell", "core"]);
  assertAlmostEquals(perClass.shell!, 0.7);
  assertAlmostEquals(perClass.core!, 0.2);
  assertAlmostEquals(mean!, 0.45);
});

Deno.test("the mesh's Dice is the mean over sites with the sample deviation, by hand", () => {
  const report = sampleReport();
  // north .45, south .2 from scratch: mean .325, deviation .125 * sqrt 2; north .7, south .5 with FCL
  assertAlmostEquals(report.dice.scratch.mean!, 0.325);
  assertAlmostEquals(report.dice.scratch.sd!, 0.125 * Math.SQRT2);
  assertAlmostEquals(report.dice.pretrained.mean!, 0.6);
  assertAlmostEquals(report.dice.pretrained.sd!, 0.1 * Math.SQRT2);
  assertAlmostEquals(report.dice.pretrained.perClass.shell.mean!, 0.75);
  assertAlmostEquals(report.dice.pretrained.perClass.core.sd!, 0.05 * Math.SQRT2);
  // paired: .25 and .3
  assertAlmostEquals(report.dice.difference.mean!, 0.275);
  assertAlmostEquals(report.dice.difference.sd!, 0.025 * Math.SQRT2);
  assertEquals(report.dice.difference.sites, 2);
});

Deno.test("each site counts the same, however many cases it tested", () => {
  const many = site("many", { dice: Array.from({ length: 9 }, (_, i) => dice(`m${i}`, "pretrained", 1, 1)) });
  const few = site("few", { dice: [dice("f", "pretrained", 0, 0)] });
  assertEquals(aggregate([many, few], INFO).dice.pretrained.mean, 0.5);
});

Deno.test("a class that no site holds and a method that no site ran are null, not zero", () => {
  const report = aggregate([site("north", { dice: [dice("a", "pretrained", 0.5, null)] })], INFO);
  assertEquals(report.dice.pretrained.perClass.core, { mean: null, sd: null, sites: 0 });
  assertEquals(report.dice.pretrained.mean, 0.5);
  assertEquals(report.dice.pretrained.sd, null);
  assertEquals(report.dice.scratch.mean, null);
  assertEquals(report.dice.difference.mean, null);
});

Deno.test("a site that ran one method only is left out of the paired difference", () => {
  const report = aggregate([...twoSites(), site("late", { dice: [dice("z", "pretrained", 0, 0)] })], INFO);
  assertAlmostEquals(report.dice.difference.mean!, 0.275);
  assertEquals(report.dice.difference.sites, 2);
  assertEquals(report.dice.pretrained.sites, 3);
});

Deno.test("bytes are summed at their senders and memory over the processes", () => {
  const report = sampleReport();
  assertEquals(report.bytes, { weights: 3000, embeddings: 300, control: 30 });
  assertEquals(report.peakRssBytes, 2 ** 31);
  assertEquals([report.peers, report.rounds], [2, 2]);
});

Deno.test("consensus distance is averaged over the sites that saw a round, and absent where none did", () => {
  const round = (n: number, consensus?: number) => ({
    round: n,
    seconds: 1,
    loss: 1,
    health: null,
    partners: [],
    consensus,
  });
  const sites = [
    site("a", { rounds: [round(2, 0.2), round(1, 0.5), round(3)] }),
    site("b", { rounds: [round(1, 0.7), round(2, NaN)] }),
  ];
  assertEquals(aggregate(sites, INFO).consensusDistance, [{ round: 1, value: 0.6 }, { round: 2, value: 0.2 }]);
});

Deno.test("no sites make an empty report, not an error", () => {
  const report = aggregate([], INFO);
  assertEquals([report.peers, report.rounds, report.peakRssBytes, report.dice.pretrained.mean], [0, 0, 0, null]);
});

Deno.test("exchanges are counted by the partner's name, whether a name or a peer id was recorded", () => {
  const rounds = [["12D3KooWsouth"], ["south"], ["12D3KooWstranger"]].map((partners, i) => ({
    round: i + 1,
    seconds: 1,
    loss: null,
    health: null,
    partners,
  }));
  const { partners, counts } = exchanges([site("north", { rounds }), site("south", { rounds: [] })]);
  assertEquals(partners, ["north", "south", "…stranger"]);
  assertEquals(counts[0].get("south"), 2);
  assertEquals(counts[1].size, 0);
});

Deno.test("the verdict names a lead only where it is larger than its spread over the sites", () => {
  const of = (mean: number | null, sd: number | null, sites = 2) => {
    const report = sampleReport();
    return verdict({ ...report, dice: { ...report.dice, difference: { mean, sd, sites, perClass: {} } } });
  };
  assertEquals(/ahead of training from scratch by 0\.050 Dice, more/.test(of(0.05, 0.02)), true);
  assertEquals(/behind training from scratch by 0\.050 Dice, more/.test(of(-0.05, 0.02)), true);
  assertEquals(/does not tell them apart/.test(of(0.05, 0.06)), true);
  assertEquals(/no spread to judge/.test(of(0.05, null, 1)), true);
  assertEquals(/cannot be compared/.test(of(null, null, 0)), true);
});

Deno.test("the verdict says why there is no Dice: no labelled case anywhere, or none that is tested", () => {
  const of = (labelled: number, test: number) =>
    verdict(aggregate([site("north", { cases: { training: 8, labelled, probe: 2, test } })], INFO));
  assertEquals(/no site has labelled cases .* pre-training, and there is no Dice/i.test(of(0, 2)), true);
  assertEquals(/no site has both labelled cases and test cases/i.test(of(2, 0)), true);
});
