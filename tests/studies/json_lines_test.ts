/** Files of results, one a line. */
import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { UserError } from "../../src/core/errors.ts";
import { JsonLines, readJsonLines } from "../../src/studies/json_lines.ts";
import { withFolder } from "../data/_files.ts";

const isNumber = (value: unknown): value is number => typeof value === "number";

Deno.test("a file of something else is refused by its line, and stays as it is", () =>
  withFolder(async (folder) => {
    const path = join(folder, "results.jsonl");
    for (const [text, line] of [["1\n{}\n", 2], ["[\n", 1], ['1\n"2"\n3\n', 2]] as const) {
      await Deno.writeTextFile(path, text);
      await assertRejects(() => JsonLines.open(path, isNumber), UserError, `${path}:${line}`);
      await assertRejects(() => readJsonLines(path, isNumber), UserError, `${path}:${line}`);
      assertEquals(await Deno.readTextFile(path), text);
    }
  }));

Deno.test("to read makes nothing; to open makes the file and its folder", () =>
  withFolder(async (folder) => {
    const path = join(folder, "new", "results.jsonl");
    assertEquals([await readJsonLines(path), [...Deno.readDirSync(folder)]], [[], []]);
    {
      using lines = await JsonLines.open<number>(path, isNumber);
      await lines.add(3);
    }
    assertEquals(await readJsonLines(path, isNumber), [3]);
  }));
