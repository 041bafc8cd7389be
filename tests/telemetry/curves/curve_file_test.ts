import { assertEquals, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { readCsvLines } from "../../../src/core/csv_lines.ts";
import { UserError } from "../../../src/core/errors.ts";
import { CURVE_COLUMNS, CurveFile } from "../../../src/telemetry/curves/curve_file.ts";

const point = (value: number, name = "pretraining/loss") => ({
  time: Date.UTC(2026, 0, 2),
  round: 1,
  step: 3,
  name,
  value,
});

async function withFile(test: (path: string) => void): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "syncytium-" });
  try {
    test(join(directory, "curves.csv"));
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** Opens the file, adds points, and closes it. */
function add(path: string, ...values: number[]): void {
  const file = CurveFile.open(path);
  for (const value of values) file.append([point(value)]);
  file.close();
}

const valuesOf = (path: string) =>
  readCsvLines(Deno.readTextFileSync(path), CURVE_COLUMNS, path).map(({ cells }) => cells.value);

Deno.test("lines come under one header, over restarts", () =>
  withFile((path) => {
    add(path, 1, 0.5);
    add(path, 0.25);
    assertEquals(Deno.readTextFileSync(path).split("\n")[1], "2026-01-02T00:00:00.000Z,1,3,pretraining/loss,1");
    assertEquals(valuesOf(path), ["1", "0.5", "0.25"]);
  }));

Deno.test("wherever a kill has torn the file, it is whole lines again when it is gone on with", () =>
  withFile((path) => {
    add(path, 1, 0.5);
    const whole = Deno.readTextFileSync(path);
    for (let length = 0; length <= whole.length; length++) {
      Deno.writeTextFileSync(path, whole.slice(0, length));
      const left = whole.slice(0, length).split("\n").length - 2;
      add(path, 0.125);
      assertEquals(valuesOf(path), [...["1", "0.5"].slice(0, Math.max(0, left)), "0.125"], `torn at ${length}`);
    }
  }));

Deno.test("a torn line that is long is found, too", () =>
  withFile((path) => {
    add(path, 1);
    Deno.writeTextFileSync(path, "x".repeat(10_000), { append: true });
    add(path, 2);
    assertEquals(valuesOf(path), ["1", "2"]);
  }));

Deno.test("another file in its place is refused, and left as it is", () =>
  withFile((path) => {
    Deno.writeTextFileSync(path, "step,loss\n1,2\n");
    assertThrows(() => CurveFile.open(path), UserError, "the first line must be time,round,step,name,value");
    assertEquals(Deno.readTextFileSync(path), "step,loss\n1,2\n");
  }));

Deno.test("names of structures and cases may hold commas, quotes and line breaks, which become spaces", () =>
  withFile((path) => {
    const file = CurveFile.open(path);
    file.append([point(1, 'scratch/dice/a "b", c\nd')]);
    file.close();
    const [{ cells }] = readCsvLines(Deno.readTextFileSync(path), CURVE_COLUMNS, path);
    assertEquals(cells.name, 'scratch/dice/a "b", c d');
  }));
