import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { TextLineStream } from "@std/streams/text-line-stream";
import { UserError } from "../../src/core/errors.ts";
import { withFolder } from "../data/_files.ts";
import { countingStudy, HALT, linesOf } from "./_counting.ts";

const STUDY = fromFileUrl(new URL("fixtures/counting_study.ts", import.meta.url));

/** The command of the study, as it is begun from a shell; `halts` is the run that halts on its way. */
function begin(out: string, { halts }: { halts?: number } = {}) {
  const given = halts === undefined ? [] : [String(halts)];
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", "--allow-read", "--allow-write", "--allow-run", STUDY, out, ...given],
    stdin: "null",
    stdout: "piped",
    stderr: "piped", // its processes write there, too: it closes when the last of them has ended
  }).spawn();
  const told: ReadableStream<string> = child.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(
    new TextLineStream(),
  );
  return { child, told, errors: new Response(child.stderr).text() };
}

const readLines = (out: string) => Deno.readTextFile(linesOf(out));
const foldersIn = (out: string) => [...Deno.readDirSync(out)].filter(({ isDirectory }) => isDirectory);

Deno.test("a study that is killed in a run goes on to the lines of one that is not", () =>
  withFolder(async (folder) => {
    const [whole, cut] = ["whole", "cut"].map((name) => join(folder, name));
    for (const out of [whole, cut]) await Deno.mkdir(out);
    const { failed, reason, results } = await countingStudy(whole);
    assertEquals([failed, reason, results.length], [[], undefined, 5]);
    assertEquals(await readLines(whole), results.map((result) => JSON.stringify(result) + "\n").join(""));
    assertEquals(foldersIn(whole), []);

    const killed = begin(cut, { halts: 3 });
    for await (const line of killed.told) if (line === "run 2") break;
    while (await Deno.readTextFile(join(cut, "run-3", "count")).then((count) => Number(count) < HALT, () => true)) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    killed.child.kill("SIGKILL");
    assertEquals((await killed.child.status).signal, "SIGKILL");
    assertEquals(await killed.errors, ""); // the run's process has ended with it
    assertEquals((await readLines(cut)).split("\n").length - 1, 2);
    assertEquals(Number(await Deno.readTextFile(join(cut, "run-3", "count"))), HALT);
    await Deno.writeTextFile(linesOf(cut), '{"number":3,"cou', { append: true }); // torn off while it was written

    const again = begin(cut);
    assertEquals(await Array.fromAsync(again.told), ["run 3", "run 4", "run 5"]);
    assertEquals([(await again.child.status).code, await again.errors], [0, ""]);
    assertEquals(await readLines(cut), await readLines(whole));
    assertEquals(foldersIn(cut), []);
  }));

Deno.test("a run that fails has no line and does not stop the others; the same study tries it again", () =>
  withFolder(async (out) => {
    const first = await countingStudy(out, { fails: [2], parallel: 2 });
    assertEquals(first.reason, undefined);
    assertEquals(first.failed.length, 1);
    assertMatch(first.failed[0].message, /every run must come to its end.*run 2.*exit code 3/);
    assertEquals(first.results.map(({ number }) => number).sort(), [1, 3, 4, 5]);
    const told: [number, number][] = [];
    const second = await countingStudy(out, { tell: ({ number }, _, left) => told.push([number, left]) });
    assertEquals([second.failed, told], [[], [[2, 0]]]);
    assertEquals(second.results.at(-1), { number: 2, count: 25, square: 4 }); // begun anew
  }));

Deno.test("an interruption ends the runs at work and begins no more", () =>
  withFolder(async (out) => {
    const controller = new AbortController();
    const reason = new Error("enough");
    const { failed, results, ...ended } = await countingStudy(out, {
      signal: controller.signal,
      tell: () => controller.abort(reason),
    });
    assertEquals([failed, ended.reason, results.length], [[], reason, 1]);
  }));

Deno.test("lines that are no results are refused, by their place", () =>
  withFolder(async (out) => {
    await Deno.writeTextFile(linesOf(out), '{"number":1}\nnumber 2\n');
    await assertRejects(() => countingStudy(out), UserError, "lines.jsonl:2");
  }));

Deno.test("the runs that have no line yet are checked before the first begins: a fault begins none", () =>
  withFolder(async (out) => {
    const line = JSON.stringify({ number: 1, count: 25, square: 1 }) + "\n";
    await Deno.writeTextFile(linesOf(out), line);
    const checked: number[] = [];
    const check = (runs: readonly { number: number }[]) => {
      checked.push(...runs.map(({ number }) => number));
      return Promise.reject(new UserError("checking the data: none will do"));
    };
    await assertRejects(() => countingStudy(out, { check }), UserError, "none will do");
    assertEquals([checked, await readLines(out)], [[2, 3, 4, 5], line]);
  }));
