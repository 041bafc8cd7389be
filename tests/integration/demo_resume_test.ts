/** The demo itself, killed and started again. */
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { TextLineStream } from "@std/streams/text-line-stream";
import deno from "../../deno.json" with { type: "json" };
import { demo } from "../../src/cli/demo.ts";
import { UserError } from "../../src/core/errors.ts";
import { siteFromJson } from "../../src/peer/report/json.ts";
import { withDirectory } from "./_consortium.ts";

const ROOT = fromFileUrl(new URL("../../", import.meta.url));
const FLAGS = ["--peers", "1", "--rounds", "2", "--steps", "1", "--fine-tune", "2", "--cases", "5", "--voxels", "4000"]
  .concat(["--engine", "wasm", "--threads", "1"]);

/** Starts the demo, and reads its lines until one of them is that after which it is killed, if any is. */
async function run(out: string, killAfter?: RegExp) {
  const permissions = deno.tasks.demo.command.split(" ").slice(2);
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", ...permissions, ...FLAGS, "--out", out],
    ...{ cwd: ROOT, stdin: "null", stdout: "piped", stderr: "piped", env: { NO_COLOR: "1" } },
  }).spawn();
  const errors = new Response(child.stderr).text();
  const told: string[] = [];
  const lines: ReadableStream<string> = child.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(
    new TextLineStream(),
  );
  for await (const line of lines) {
    told.push(line);
    if (killAfter?.test(line)) child.kill("SIGKILL");
  }
  const { code, signal } = await child.status;
  return { code, signal, told, errors: await errors };
}

Deno.test("a demo that is killed goes on with its flags, and refuses others; finished, it says so", () =>
  withDirectory(async (directory) => {
    const out = join(directory, "out");
    const killed = await run(out, /round 1\/2/);
    assertEquals(killed.signal, "SIGKILL", killed.errors);
    await assertRejects(
      () => demo.run([...FLAGS, "--out", out, "--labelled", "2"]),
      UserError,
      "begun with --labelled 1",
    );
    const resumed = await run(out);
    assertEquals(resumed.code, 0, resumed.errors);
    assertMatch(resumed.told[0], /^goes on with the demo in /);
    assert(!resumed.told.some((line) => /writing phantoms|round 1\/2/.test(line)), resumed.told.join("\n"));
    const path = join(out, "sites", "site-1", "results", "site.json");
    const { rounds, dice } = siteFromJson(await Deno.readTextFile(path), path);
    assertEquals([rounds.map(({ round }) => round), new Set(dice.map(({ method }) => method)).size], [[1, 2], 2]);
    const { mtime } = await Deno.stat(join(out, "report.json"));
    const again = await run(out);
    assertEquals([again.code, again.told.length], [0, 1]);
    assertMatch(
      again.told[0],
      /^this demo is finished: its report is .*report\.html; to begin anew, name another --out$/,
    );
    assertEquals((await Deno.stat(join(out, "report.json"))).mtime, mtime);
  }));
