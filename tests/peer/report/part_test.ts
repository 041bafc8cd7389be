/** What is said of sites that learnt from volumes without labels. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { aggregate } from "../../../src/peer/report/aggregate.ts";
import { renderReport } from "../../../src/peer/report/html.ts";
import { cutRemarks, partRemarks } from "../../../src/peer/report/part.ts";
import { summary } from "../../../src/peer/report/summary.ts";
import { INFO, site, twoSites, unlabelled } from "./_sample.ts";

const METHODS: ("pretrained" | "scratch")[] = ["pretrained", "scratch"];

Deno.test("a site that learns of the others says from how many volumes, and what it counts for", () => {
  const north = site("north", { fineTuningPart: { part: "labels", methods: METHODS, mass: 2.06, unlabelled: 6 } });
  const east = {
    ...unlabelled("east"),
    fineTuningPart: { part: "others" as const, methods: METHODS, mass: 0.08, unlabelled: 8 },
  };
  const west = { ...unlabelled("west"), fineTuningPart: { ...east.fineTuningPart, methods: [] } };
  const plain = site("south", { fineTuningPart: { part: "labels", methods: METHODS, mass: 2, unlabelled: 0 } });
  const none = site("alone", { fineTuningPart: { part: "labels", methods: METHODS, mass: null, unlabelled: 6 } });
  const remarks = partRemarks([north, east, west, plain, none, site("before")]);
  assertEquals(remarks, [
    "north learnt from 2 labelled cases and 6 volumes without labels; in the average it counted for 2.06.",
    "east has no labels: it learnt what the other sites' network said of 8 volumes without labels; in the average it " +
    "counted for 0.08.",
    "west has no labels and met nobody who had any: it was not fine-tuned.",
    "alone learnt from 2 labelled cases and 6 volumes without labels.",
  ]);
  const report = aggregate([north, east], INFO);
  assertStringIncludes(summary(report), remarks[1]);
  assertStringIncludes(renderReport(report), "east has no labels: it learnt what");
  assertEquals(partRemarks(twoSites()), []);
});

Deno.test("a site whose time was over says what was cut, on the page and in the summary", () => {
  const cut = ["pre-training after round 5 of 14", "fine-tuning (pretrained) after step 9 of 60"];
  const [remark, ...others] = cutRemarks([site("north", { cut }), site("south")]);
  assertEquals(remark, `The time of north was over: it ended ${cut.join(", and ")}.`);
  assertEquals(others, []);
  const report = aggregate([site("north", { cut })], INFO);
  assertStringIncludes(renderReport(report), remark);
  assertStringIncludes(summary(report), remark);
});
