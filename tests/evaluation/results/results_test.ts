import { assert, assertEquals, assertRejects } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { TextLineStream } from "@std/streams/text-line-stream";
import { UserError } from "../../../src/core/errors.ts";
import { cellId } from "../../../src/evaluation/cell.ts";
import { readResults, Results } from "../../../src/evaluation/results/results.ts";
import { withFolder } from "../../data/_files.ts";
import { CELLS, COST, rowsOf } from "./_rows.ts";

Deno.test("what is added is read back as it was, in this process and the next", () =>
  withFolder(async (directory) => {
    {
      using results = await Results.open(directory);
      for (const cell of CELLS) await results.add(cell, rowsOf(cell), COST);
      assertEquals(results.rows, CELLS.flatMap(rowsOf));
    }
    const { rows, finished } = await readResults(directory);
    assertEquals(rows, CELLS.flatMap(rowsOf));
    assertEquals([...finished.keys()], CELLS.map(cellId));
    assertEquals(finished.get(cellId(CELLS[1])), { cell: cellId(CELLS[1]), rows: 8, ...COST });
    using results = await Results.open(directory);
    assertEquals([results.rows, results.finished], [rows, finished]);
  }));

Deno.test("cut anywhere in either file, whole cells are left, and the rest can be run again", () =>
  withFolder(async (directory) => {
    const two = CELLS.slice(0, 2), whole: Record<string, Uint8Array> = {};
    {
      using results = await Results.open(directory);
      for (const cell of two) await results.add(cell, rowsOf(cell), COST);
    }
    for (const name of ["results.csv", "cells.csv"]) whole[name] = await Deno.readFile(join(directory, name));
    // the second cell's rows are being written, then its line in cells.csv
    const text = new TextDecoder().decode(whole["results.csv"]);
    const rowsFrom = new TextEncoder().encode(text.slice(0, text.indexOf("fcl,"))).length;
    const cellsFrom = new TextDecoder().decode(whole["cells.csv"]).indexOf("fcl/");
    const cuts = [
      ...Array.from({ length: whole["results.csv"].length - rowsFrom }, (_, i) => [rowsFrom + i, cellsFrom]),
      ...Array.from({ length: whole["cells.csv"].length - cellsFrom }, (_, i) => [text.length * 4, cellsFrom + i]),
      ...Array.from({ length: rowsFrom }, (_, i) => [i, 0]),
    ];
    // every flush costs; 7 is prime to the lines' lengths, so each part of a line is cut somewhere
    for (const [resultBytes, cellBytes] of cuts.filter((_, i) => i % 7 === 0)) {
      await Deno.writeFile(join(directory, "results.csv"), whole["results.csv"].subarray(0, resultBytes));
      await Deno.writeFile(join(directory, "cells.csv"), whole["cells.csv"].subarray(0, cellBytes));
      using results = await Results.open(directory);
      const left = cellBytes === 0 ? [] : two.slice(0, 1);
      assertEquals([...results.finished.keys()], left.map(cellId), `cut at ${resultBytes} and ${cellBytes}`);
      assertEquals(results.rows, left.flatMap(rowsOf));
      for (const cell of two.slice(left.length)) await results.add(cell, rowsOf(cell), COST);
      for (const [name, bytes] of Object.entries(whole)) {
        assertEquals(await Deno.readFile(join(directory, name)), bytes, `${name} after a cut`);
      }
    }
    assert(cuts.length > 800);
  }));

Deno.test("kill -9 while cells are added loses none that was said to be finished", () =>
  withFolder(async (directory) => {
    const writer = fromFileUrl(import.meta.resolve("./fixtures/writer.ts"));
    let said: string[] = [];
    for (let round = 0; round < 2; round++) {
      const process = new Deno.Command(Deno.execPath(), {
        args: ["run", "--no-prompt", "--allow-read", "--allow-write", writer, directory],
        stdin: "null",
        stdout: "piped",
      }).spawn();
      const lines: ReadableStream<string> = process.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(
        new TextLineStream(),
      );
      const own: string[] = [];
      for await (const line of lines) {
        own.push(line);
        if (own.length === 20) process.kill("SIGKILL");
      }
      await process.status;
      said = [...said, ...own];
      const { rows, finished } = await readResults(directory);
      assertEquals([...finished.keys()].slice(0, said.length), said);
      assertEquals(rows.length, 8 * finished.size);
      // one more may have been finished and not said
      assert(finished.size <= said.length + 1);
      said = [...finished.keys()];
    }
  }));

Deno.test("a cell whose line cannot be written counts as not run, and can be added again", () =>
  withFolder(async (directory) => {
    using results = await Results.open(directory);
    await assertRejects(() => results.add(CELLS[0], rowsOf(CELLS[0]), { ...COST, seconds: NaN }), RangeError);
    assertEquals(results.finished.size, 0);
    await results.add(CELLS[0], rowsOf(CELLS[0]), COST);
    assertEquals((await readResults(directory)).rows, rowsOf(CELLS[0]));
  }));

Deno.test("a folder is written to by one process at a time", () =>
  withFolder(async (directory) => {
    using first = await Results.open(directory);
    assertEquals(first.rows, []);
    await assertRejects(() => Results.open(directory), UserError, "no other process may write");
  }));

Deno.test("what is not the cell's, or is added twice, is refused", () =>
  withFolder(async (directory) => {
    using results = await Results.open(directory);
    const add = (rows: ReturnType<typeof rowsOf>) => () => results.add(CELLS[0], rows, COST);
    const rows = rowsOf(CELLS[0]);
    await assertRejects(add(rowsOf(CELLS[1])), RangeError, "got fcl/local/n1/fold0/seed11");
    await assertRejects(add([...rows, rows[0]]), UserError, "must stand once in a cell");
    await assertRejects(
      add([{ ...rows[0], measures: { ...rows[0].measures, dice: 1.1 } }]),
      RangeError,
      "got 1.1 for dice",
    );
    await assertRejects(
      add([{ ...rows[0], measures: { ...rows[0].measures, assd: -1 } }]),
      RangeError,
      "got -1 for assd",
    );
    await assertRejects(add([{ ...rows[0], site: "a\nb" }]), UserError, "line break");
    await assertRejects(add([{ ...rows[0], class: "" }]), UserError, "must not be empty (class)");
    await add(rows)();
    await assertRejects(add(rows), RangeError, "added once");
    assertEquals((await readResults(directory)).rows, rows);
  }));

Deno.test("files that somebody has edited are refused with the line", () =>
  withFolder(async (directory) => {
    {
      using results = await Results.open(directory);
      await results.add(CELLS[0], rowsOf(CELLS[0]), COST);
    }
    const path = join(directory, "results.csv"), cells = join(directory, "cells.csv");
    const [good, goodCells] = [await Deno.readTextFile(path), await Deno.readTextFile(cells)];
    const lines = good.split("\n");
    const refused = async (text: string, expected: string) => {
      await Deno.writeTextFile(path, text);
      await assertRejects(() => readResults(directory), UserError, expected);
    };
    await refused(good.replace("method,", "Method,"), "the first line must be method,mode");
    await refused(good.replace("scratch,local,1", "scratch,lokal,1"), "results.csv:2: lokal");
    await refused(good.replace("scratch,local,1", "scratch,local,1.5"), "the column labelled must hold an integer");
    await refused(good.replace("scratch,local,1", "scratch,local,"), "results.csv:2");
    await refused(good.replace("scratch,local", "../scratch,local"), "the column method must hold a name");
    await refused(good.replace(`,${1 / 7},`, ",1.5,"), "the column dice must hold a number from 0 to 1");
    await refused(
      good.replace(",12.3456789,", ",twelve,"),
      "the column assd must hold a number of at least 0 in mm, or inf",
    );
    await refused(
      good.replace(",-0.25\n", ",inf\n"),
      "the column volume-difference must hold a number in ml, or nothing",
    );
    await refused([...lines.slice(0, 2), lines[1], ...lines.slice(2)].join("\n"), "results.csv:3");
    await refused(lines.toSpliced(2, 1).join("\n"), "must have its 8 rows");
    await refused(good.replace("scratch,local,1,", "scratch,local,1,0,"), "a line must have 14 columns");
    await refused(good.replace("scratch,local", 'scratch,"local'), "comma-separated values");
    await Deno.writeTextFile(path, good);
    for (
      const [text, expected] of [
        [goodCells.replace(",8,", ",8.5,"), "the column rows must hold a number"],
        [goodCells.replace(",12.5,", ",-1,"), "the column seconds must hold a number"],
        [goodCells + goodCells.split("\n")[1] + "\n", "must name a cell of its own"],
      ]
    ) {
      await Deno.writeTextFile(cells, text);
      await assertRejects(() => readResults(directory), UserError, expected);
    }
  }));
