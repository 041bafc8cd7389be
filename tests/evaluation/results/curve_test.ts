/** Tests on the way: their file, and what a killed run leaves of it. */
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { UserError } from "../../../src/core/errors.ts";
import { CURVE_HEADER, type CurveRow, formatCurveRow, parseCurve } from "../../../src/evaluation/results/curve.ts";
import { Results } from "../../../src/evaluation/results/results.ts";
import { withFolder } from "../../data/_files.ts";

const cell = { method: "fcl", mode: "local", labelled: 1, fold: 0, seed: 11 } as const;
const point = (step: number, dice: number | null = 0.5): CurveRow => ({
  ...cell,
  step,
  site: "north, upper",
  case: "a",
  class: "core",
  dice,
});
const cost = { seconds: 1, bytes: 0, joules: null };
const row = { ...cell, site: "north", case: "a", class: "core", measures: { dice: 0.5 } };

Deno.test("a row reads back as it was written; what is out of range is refused", () => {
  const rows = [point(10), point(20, null), point(30, 0.123456789)];
  assertEquals(parseCurve(CURVE_HEADER + rows.map(formatCurveRow).join(""), "curves.csv"), rows);
  assertThrows(() => formatCurveRow(point(0)), RangeError, "got 0");
  assertThrows(() => formatCurveRow(point(1, 1.5)), RangeError, "got 1.5");
  const bad = (change: (line: string) => string) =>
    parseCurve(CURVE_HEADER + change(formatCurveRow(point(10))), "curves.csv");
  assertThrows(() => bad((line) => line.replace("0.5", "7")), UserError, "the column dice");
  assertThrows(() => bad((line) => line.replace("local", "here")), UserError, "the column mode");
  assertThrows(() => bad((line) => line.replace(",10,", ",x,")), UserError, "the column step");
});

Deno.test("curves are kept beside the results, of finished cells only, and no file is made where there are none", () =>
  withFolder(async (directory) => {
    const path = join(directory, "curves.csv");
    {
      using results = await Results.open(directory);
      await results.add({ ...cell, seed: 1 }, [{ ...row, seed: 1 }], cost);
      await assertRejects(() => Deno.stat(path), Deno.errors.NotFound);
      await results.add(cell, [row], cost, { curve: [point(10), point(20)] });
      assertEquals(results.curve.length, 2);
      await assertRejects(
        () => results.add({ ...cell, seed: 2 }, [], cost, { curve: [point(10)] }),
        RangeError,
        "every row must be of the cell",
      );
    }
    const whole = await Deno.readTextFile(path);
    const killed = formatCurveRow({ ...point(10), seed: 3 });
    await Deno.writeTextFile(path, `${whole}${killed}fcl,loc`); // in the midst of another cell
    using results = await Results.open(directory);
    assertEquals(results.curve, [point(10), point(20)]);
    const next = { ...cell, seed: 3 };
    await results.add(next, [{ ...row, seed: 3 }], cost, { curve: [{ ...point(10), seed: 3 }] });
    assertEquals(await Deno.readTextFile(path), whole + killed);
  }));
