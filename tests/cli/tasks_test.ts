/** The tasks of deno.json: in groups that a newcomer understands, each with its help. */
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { fromFileUrl, toFileUrl } from "@std/path";
import deno from "../../deno.json" with { type: "json" };
import { describeError, UsageError } from "../../src/cli/command.ts";
import type { Command } from "../../src/cli/flags/mod.ts";

const ROOT = fromFileUrl(new URL("../../", import.meta.url));

/** In the order in which `deno task` lists them. */
const GROUPS = ["Try it", "Run a site", "Measure", "Study", "Develop"];

const tasks = Object.entries(deno.tasks).map(([name, { description, command }]) => {
  const [group, does] = description.split(/: (.*)/);
  return { name, group, does, command };
});

Deno.test("every task is described, in one of the groups, and those of a group stand together", () => {
  for (const { name, group, does } of tasks) assert(GROUPS.includes(group) && does, name);
  const order = tasks.map(({ group }) => GROUPS.indexOf(group));
  assertEquals(order, order.toSorted((a, b) => a - b));
});

const commands = tasks.flatMap(({ command, ...task }) => {
  const [, run] = command.match(/^(?:\w+=\S+ )*(deno run .*)$/) ?? [];
  return run === undefined ? [] : [{ ...task, command: run, script: run.split(" ").at(-1)! }];
});

/** What `--help` of a task writes, run with the permissions it has. */
async function helpOf(command: string): Promise<string[]> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    // downloads are told of on the first call
    args: ["run", "--quiet", ...command.split(" ").slice(2), "--help"],
    ...{ cwd: ROOT, stdin: "null", env: { NO_COLOR: "1" } },
  }).output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout).trimEnd().split("\n");
}

for (const { name, does, command, script } of commands) {
  Deno.test(`deno task ${name} --help says what deno task says of it, and a slip is answered in one line`, async () => {
    const help = await helpOf(command);
    assertMatch(help[0], new RegExp(`^usage: deno task ${name}( |$)`));
    assertEquals(help[2], does.charAt(0).toUpperCase() + does.slice(1));

    const [run] = Object.values<{ main?: unknown; run: Command["run"] }>(await import(toFileUrl(ROOT + script).href))
      .filter(({ main }) => main !== undefined);
    const error = await assertRejects(() => run.run(["--hlep"]), UsageError);
    const isGroup = help[0].includes(" COMMAND ");
    assertMatch(
      describeError(error),
      isGroup
        ? /^error: .* must be one of .*, got --hlep.*$/
        : /^error: unknown flag --hlep \(did you mean --help\?\).*$/,
    );
  });
}
