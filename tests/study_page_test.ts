/** What the studies of scripts/ have in common: runs as processes, and a page of their results. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { madeBy, type PageResult, studyToPage } from "../scripts/_study_page.ts";
import { withFolder } from "./data/_files.ts";

const SCRIPT = fromFileUrl(new URL("fixtures/study_run.ts", import.meta.url));

type Result = PageResult & { square: number };

Deno.test("a study's page has the results of the seeds asked for, how it was made, and keeps what it means", () =>
  withFolder(async (out) => {
    const page = join(out, "page.md");
    const study = (...seeds: number[]) =>
      studyToPage<{ directory: string; seed: number }, Result>(
        seeds.map((seed) => ({ directory: join(out, `run-${seed}`), seed })),
        {
          ...{ command: ["deno task squares", "--all"], seeds, page, script: SCRIPT, parallel: 1 },
          file: join(out, "results.jsonl"),
          isOf: (result, run) => result.seed === run.seed,
          nameOf: ({ seed }) => `seed ${seed}`,
          render: (results, making) =>
            [...madeBy(results, making), ...results.map(({ square }) => `${square}`), ""].join("\n"),
        },
      );
    await study(3, 2);
    const first = await Deno.readTextFile(page);
    assertMatch(first, /^Made by `deno task squares --all`, ended on \d{4}-\d\d-\d\d;\nseeds 2, 3; engine none, /);
    assert(first.endsWith("9\n4\n"), first);
    await Deno.writeTextFile(page, `${first}\n## What it means\n\nMuch.\n`);
    await study(2);
    const second = await Deno.readTextFile(page);
    assertEquals(second.split("all.\n")[1], "4\n\n## What it means\n\nMuch.\n");
    const lines = (await Deno.readTextFile(join(out, "results.jsonl"))).trimEnd().split("\n");
    assertEquals(lines.map((line) => Object.keys(JSON.parse(line))), [
      ["seed", "square", "engine", "seconds", "endedAt"],
      ["seed", "square", "engine", "seconds", "endedAt"],
    ]);
  }));
