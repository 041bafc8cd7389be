/** Scores as JSON, CSV and tables. */
import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { UserError } from "../../src/core/errors.ts";
import { scoresFromCsv, scoresToCsv } from "../../src/scoring/csv.ts";
import { scoresFromJson, scoresToJson } from "../../src/scoring/json.ts";
import type { ScoreRow } from "../../src/scoring/row.ts";
import { scoreMetrics } from "../../src/scoring/score_case.ts";
import { caseTable, meanTable } from "../../src/scoring/tables.ts";

const absent = { dice: null, iou: null, hd95: null, assd: null, surfaceDice: null, volumeDifference: null };
const missed = { dice: 0, iou: 0, hd95: Infinity, assd: Infinity, surfaceDice: 0, volumeDifference: -1.25 };
const rows: ScoreRow[] = [
  { case: 'a, "1"', class: "liver", ...missed, dice: 0.1 + 0.2, iou: 1 / 3, hd95: 3, assd: 1e-7, surfaceDice: 1 },
  { case: 'a, "1"', class: "spleen", ...missed },
  { case: "b", class: "liver", ...missed, dice: 0.5, hd95: 5, volumeDifference: 0.25 },
  { case: "b", class: "spleen", ...absent },
];

Deno.test("CSV reads back as it was written, and says its first line", () => {
  assertEquals(scoresFromCsv(scoresToCsv(rows), "scores.csv"), rows);
  assertEquals(scoresToCsv([]), "case,class,dice,iou,hd95,assd,surfaceDice,volumeDifference\n");
  for (
    const [from, to, rule] of [
      [",0.25\n", ",much\n", "the column volumeDifference must hold a number, or nothing (scores.csv:4: much)"],
      [
        ",inf,inf,",
        ",-1,inf,",
        "the column hd95 must hold a number of at least 0, or inf, or nothing (scores.csv:3: -1)",
      ],
      [",0.5,", ",inf,", "the column dice must hold a number from 0 to 1, or nothing (scores.csv:4: inf)"],
      ["case,", "Case,", "the first line must be case,class,dice"],
    ]
  ) {
    assertStringIncludes(
      assertThrows(() => scoresFromCsv(scoresToCsv(rows).replace(from, to), "scores.csv"), UserError).message,
      rule,
    );
  }
});

Deno.test("JSON is an array of the eight fields, null for what is not defined or infinite, and reads back", () => {
  const read = JSON.parse(scoresToJson(rows));
  assertEquals(Object.keys(read[0]), [
    "case",
    "class",
    "dice",
    "iou",
    "hd95",
    "assd",
    "surfaceDice",
    "volumeDifference",
  ]);
  assertEquals([read[1].hd95, read[3].dice, read.length], [null, null, 4]);
  assertEquals(scoresFromJson(read, "scores.json"), rows);
  assertStringIncludes(
    assertThrows(() => scoresFromJson([{ ...read[0], dice: 2 }], "scores.json"), UserError).message,
    "(scores.json: 0.dice)",
  );
});

Deno.test("tables say each figure, who was missed, and means with spread over cases", () => {
  const metrics = scoreMetrics(3);
  const { header, rows: cells } = caseTable(rows, metrics);
  assertEquals(header.slice(4), ["HD95 in mm", "ASSD in mm", "Surface Dice at 3 mm", "Volume difference in ml"]);
  assertEquals(cells[1], ['a, "1"', "spleen", "0.000", "0.000", "missed", "missed", "0.000", "-1.25"]);
  assertEquals(cells[3].slice(2), ["–", "–", "–", "–", "–", "–"]);
  const means = meanTable(rows, metrics).rows.map(([name, count, dice, , hd95]) => [name, count, dice, hd95]);
  assertEquals(means, [
    ["liver", "2", "0.400 ± 0.141", "4 ± 1.414"],
    ["spleen", "2", "0.000", "–, 1 missed"],
    ["all classes", "2", "0.325 ± 0.247", "4 ± 1.414, 1 missed"],
  ]);
});
