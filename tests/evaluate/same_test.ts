import { assertEquals, assertRejects } from "@std/assert";
import { keptBudget } from "../../scripts/evaluate/_same.ts";
import { UserError } from "../../src/core/errors.ts";
import { withFolder } from "../data/_files.ts";

Deno.test("a folder keeps what its minutes have planned, and is gone on with by the same minutes only", () =>
  withFolder(async (out) => {
    assertEquals(await keptBudget(out, 5), undefined);
    const budget = { minutes: 5, rounds: 3, stepsPerRound: 30, fineTune: 80, pretrainShare: 0.4 };
    const rest = { methods: {}, commands: [], engines: [] };
    const begin = (settings: object) =>
      Deno.writeTextFile(`${out}/evaluation.json`, JSON.stringify({ settings, ...rest }));
    await begin({ dataset: "x", budget });
    assertEquals(await keptBudget(out, 5), budget);
    const refused = async (minutes: number | undefined, value: string) => {
      const rule = `--minutes must be as it was begun with (${out}/evaluation.json: ${value})`;
      await assertRejects(() => keptBudget(out, minutes), UserError, rule);
    };
    await refused(6, "--minutes 5");
    await refused(undefined, "--minutes 5");
    await begin({ dataset: "x" });
    await refused(5, "without");
    assertEquals(await keptBudget(out, undefined), undefined);
  }));

Deno.test("what an evaluation was begun with and nobody can read is refused by its file, and stays as it is", () =>
  withFolder(async (out) => {
    const path = `${out}/evaluation.json`;
    for (const text of ["", "{", "[]", "{}", '{"settings": 1, "methods": {}, "commands": [], "engines": []}']) {
      await Deno.writeTextFile(path, text);
      await assertRejects(() => keptBudget(out, undefined), UserError, path);
      assertEquals(await Deno.readTextFile(path), text);
    }
  }));
