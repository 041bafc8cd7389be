import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { writeReport } from "../../src/evaluation/write_report.ts";
import { withFolder } from "../data/_files.ts";
import { evaluation } from "./_results.ts";

Deno.test("a report is Markdown, a page that opens without a network, and a file a plot", () =>
  withFolder(async (directory) => {
    const facts = ["made by `deno task evaluate`", "2 seeds & 2 sites"];
    await writeReport(directory, evaluation(), { title: "Hearts", facts, paper: true, method: "fcl" });
    const names = [...Deno.readDirSync(directory)].map(({ name }) => name).sort();
    const plots = ["case", "class"].flatMap((kind) => [1, 2].map((n) => `dice_by_${kind}_local_n${n}.svg`));
    assertEquals(names, [...plots, "dice_by_labels_local.svg", "results.html", "results.md"]);
    const markdown = await Deno.readTextFile(join(directory, "results.md"));
    assert(markdown.startsWith("# Hearts\n\n- made by `deno task evaluate`\n- 2 seeds & 2 sites\n"));
    for (const name of names.slice(0, 5)) assert(markdown.includes(`](${name})`), name);
    assert(markdown.includes("| scratch | 0.290 ± 0.028 |"));
    const page = await Deno.readTextFile(join(directory, "results.html"));
    assert(page.includes("<li>made by <code>deno task evaluate</code></li>"));
    assert(page.includes("<li>2 seeds &amp; 2 sites</li>") && page.includes("<td>0.506 ± 0.056</td>"));
    assertEquals(page.match(/<svg /g)?.length, 5);
    assert(!/(src|href)=/.test(page));
  }));

Deno.test("what pre-training and cells cost has tables where it is known", () =>
  withFolder(async (directory) => {
    await writeReport(directory, evaluation(), {
      title: "Hearts",
      facts: [],
      pretrainings: [{
        method: "fcl",
        sites: ["1"],
        health: [null],
        consensus: 0,
        bytes: { weights: 1e6, features: 0 },
        seconds: 90,
      }],
      finished: [{ cell: "fcl/local/n1/fold0/seed11", rows: 12, seconds: 30, bytes: 0, joules: null }],
    });
    const markdown = await Deno.readTextFile(join(directory, "results.md"));
    assertMatch(markdown, /\| fcl, local +\| +1 \| +30 s \|/);
    for (const part of ["## Pre-training", "1 min 30 s", "## Fine-tuning and testing"]) {
      assert(markdown.includes(part), part);
    }
  }));
