import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { diceTable, summary } from "../../../src/peer/report/summary.ts";
import { INFO, sampleReport, site, sitesWithoutBaseline, twoSites, unlabelled } from "./_sample.ts";
import { aggregate } from "../../../src/peer/report/aggregate.ts";

Deno.test("the Dice table has a row for each structure and their mean, aligned", () => {
  assertEquals(
    diceTable(sampleReport()),
    `Dice    from scratch            FCL      difference
───────────────────────────────────────────────────
shell  0.500 ± 0.283  0.750 ± 0.212  +0.250 ± 0.071
core   0.150 ± 0.071  0.450 ± 0.071  +0.300 ± 0.000
mean   0.325 ± 0.177  0.600 ± 0.141  +0.275 ± 0.035`,
  );
});

Deno.test("as Markdown the same table has a rule with alignments", () => {
  const [header, rule, ...rows] = diceTable(sampleReport(), { markdown: true }).split("\n");
  assert(header.startsWith("| Dice "));
  assert(/^\|( -+:? \|)+$/.test(rule), rule);
  assertEquals(rule.split("|")[2].trim().endsWith(":"), true);
  assertEquals(rows.length, 3);
});

Deno.test("the summary names Dice, bytes by kind, consensus, time and memory", () => {
  const rounds = [0.5, 0.05].map((consensus, i) => ({
    round: i + 1,
    seconds: 1,
    loss: 1,
    health: null,
    partners: [],
    consensus,
  }));
  const text = summary(aggregate([site("north", { rounds })], INFO));
  for (const part of ["embeddings", "100 B", "0.5 → 0.05 (rounds 1 to 2)", "4 min 28 s", "1 GiB", "seed 7"]) {
    assertStringIncludes(text, part);
  }
  assertStringIncludes(summary(sampleReport()), "not measured");
});

Deno.test("a run without any Dice says so in words, whatever labels there are names for", () => {
  for (const labels of [{}, { 1: "shell" }] as Record<number, string>[]) {
    const text = summary(aggregate([unlabelled("north")], { ...INFO, dataset: { ...INFO.dataset, labels } }));
    assertStringIncludes(text, "No site has labelled cases");
    assertStringIncludes(text, "bytes sent");
    assert(!/NaN|null|undefined|Infinity|mean ± sd|from scratch/.test(text), text);
  }
});

Deno.test("sites without Dice are named beside the others' figures, which count only those that have it", () => {
  const text = summary(aggregate([...twoSites(), unlabelled("west")], INFO));
  assertStringIncludes(text, "Dice on 4 test cases, mean ± sd over 2 sites");
  assertStringIncludes(text, "Without Dice, for want of labelled or test cases: west.");
  assert(!/NaN|null|undefined/.test(text), text);
});

Deno.test("where nothing was trained from scratch, nothing is said of it but that", () => {
  const text = summary(aggregate(sitesWithoutBaseline(), INFO));
  assertStringIncludes(text, "Dice             FCL\n");
  assertStringIncludes(
    text,
    'Mean Dice of FCL is 0.600. Nothing was trained from scratch beside it, which "fineTune.bas',
  );
  assert(!/NaN|null|undefined|difference/.test(text), text);
});
